"""The chat as somebody at a terminal meets it. Usage: terminal_test.py THIMBLE MODEL keys_of_every_terminal|line_editing

An unknown command is echoed by the chat ("no such command: /word"), which shows what was typed without asking the model.
"""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

PROMPT = "> "
UP, DOWN, LEFT, HOME = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[H"
BACKSPACE, CTRL_A, CTRL_C, CTRL_D, CTRL_R, CTRL_Z = "\x7f", "\x01", "\x03", "\x04", "\x12", "\x1a"
PATIENCE = 20  # seconds, for a machine with much else to do


class Chat:
    """A chat on a terminal of its own."""

    def __init__(self, *arguments, stdout=None, **environment):
        self.output = ""
        self.seen = 0
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            if stdout is not None:
                os.dup2(stdout, 1)
            os.environ.update(TERM="xterm", **environment)
            os.execv(THIMBLE, [THIMBLE, "chat", MODEL, "-q", "-s", "1", *arguments])
        self.resize(80)
        self.wait_for(PROMPT)

    def resize(self, columns):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def type(self, keys):
        os.write(self.terminal, keys.encode())

    def wait_for(self, text):
        """Reads until `text` comes up in what was not waited for yet."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.output[self.seen :]:
            if not self.read(deadline - time.monotonic()):
                raise AssertionError(f"{text!r} did not come up in {self.output[self.seen:]!r}")
        self.seen = self.output.index(text, self.seen) + len(text)

    def read(self, seconds):
        if seconds <= 0 or not select.select([self.terminal], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self.terminal, 4096)
        except OSError:  # the chat has ended
            return False
        self.output += piece.decode(errors="replace")
        return bool(piece)

    def says(self, keys, answer):
        self.type(keys)
        self.wait_for(answer)
        self.wait_for(PROMPT)

    def ends_with(self, code):
        """The chat ends by itself, with the cursor at the start of a line."""
        while self.read(PATIENCE):
            pass
        os.kill(self.pid, signal.SIGKILL)  # has no effect on one that has ended
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.terminal)
        assert status == code, f"exit code {status}, expected {code}"
        assert self.output.endswith("\r\n"), f"no clean line: {self.output[-40:]!r}"


def typed(word):
    return f"no such command: /{word}\r\n"


def ctrl_d_leaves():
    chat = Chat()
    chat.type(CTRL_D)
    chat.ends_with(0)


def second_ctrl_c_leaves():
    chat = Chat()
    chat.says(CTRL_C, "(Ctrl-C again, or /bye, to leave)\r\n")
    chat.type(CTRL_C)
    chat.ends_with(130)


def a_message_between_them_counts():
    chat = Chat("-n", "3")
    chat.says(CTRL_C, "again")
    chat.says("/one\r", typed("one"))
    chat.says(CTRL_C, "again")
    chat.type("/bye\r")
    chat.ends_with(0)


def ctrl_c_drops_what_was_typed():
    chat = Chat()
    chat.says("/half" + CTRL_C, "again")
    chat.says("/whole\r", typed("whole"))
    chat.type('"""one\r')
    chat.wait_for(". ")
    chat.says(CTRL_C, "again")
    chat.says("/after\r", typed("after"))
    chat.type(CTRL_D)
    chat.ends_with(0)


def second_ctrl_c_need_not_wait():
    """Also not for an answer that nobody takes for now."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, bytes(4096))
    os.set_blocking(writer, True)
    chat = Chat("--ignore-eos", stdout=writer)
    chat.type("Once\r")
    chat.wait_for("Once\r\n")
    time.sleep(0.3)
    for _ in range(2):
        chat.type(CTRL_C)
        chat.wait_for("^C")
        time.sleep(0.1)
    chat.ends_with(130)
    os.close(reader)
    os.close(writer)


def several_lines_are_one_message():
    chat = Chat("-n", "3")
    chat.type('"""one\r')
    chat.wait_for(". ")
    chat.type('two"""\r')
    chat.wait_for(PROMPT)
    chat.says("/show\r", "turns 1, ")
    chat.type(CTRL_D)
    chat.ends_with(0)


def a_full_context_is_a_question():
    chat = Chat("-c", "24", "--ignore-eos")
    chat.says("Once\r", "(the context of 24 tokens is full: /clear starts over; a larger -c holds more)\r\n")
    for no in ("n\r", CTRL_C):
        chat.type("upon\r")
        chat.wait_for("Go on without the oldest turn? [Y/n] ")
        chat.says(no, "is full")
    chat.says("/show\r", "turns 1, tokens 25\r\n")
    chat.type("upon\r")
    chat.wait_for("[Y/n] ")
    chat.type("\r")
    chat.wait_for("(dropped the oldest turn of 1)\r\n")
    chat.wait_for(PROMPT)
    # Nobody is asked who has said so before.
    chat.type(CTRL_D)
    chat.ends_with(0)
    chat = Chat("-c", "24", "--ignore-eos", "--context-shift")
    chat.says("Once\r", "is full")
    chat.says("upon\r", "(dropped the oldest turn of 1)\r\n")
    chat.type(CTRL_D)
    chat.ends_with(0)
    assert "[Y/n]" not in chat.output


def up_brings_lines_back():
    chat = Chat()
    chat.says("/one\r", typed("one"))
    chat.says("/two\r", typed("two"))
    chat.says(UP + "\r", typed("two"))
    chat.says(UP + UP + "\r", typed("one"))
    chat.says(UP + UP + DOWN + "!\r", typed("one!"))
    chat.says(CTRL_R + "tw\r", typed("two"))
    chat.says(CTRL_C, "again")
    chat.says(UP + "\r", typed("two"))  # still there after an interrupt
    chat.type(CTRL_D)
    chat.ends_with(0)


def characters_are_edited_whole():
    # The plain C locale is what a container has.
    for locale in ({"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C"}):
        chat = Chat(**locale)
        chat.says("/n\u00e4b" + LEFT + BACKSPACE + "\u00e9\u00e2\r", typed("n\u00e9\u00e2b"))
        chat.says("/\u4f60\u597d" + BACKSPACE + "\U0001f642\r", typed("\u4f60\U0001f642"))
        chat.says("tail" + HOME + "/\r", typed("tail"))
        chat.says("/a\tb\r", typed("a^Ib"))
        chat.type(CTRL_D)
        chat.ends_with(0)


def bytes_that_are_no_utf8_do_no_harm():
    chat = Chat()
    os.write(chat.terminal, b"/a\xffb\xe9\r")
    chat.wait_for(typed("ab"))
    chat.wait_for(PROMPT)
    chat.type(CTRL_D)
    chat.ends_with(0)


def another_width_keeps_the_line():
    chat = Chat()
    word = "abcdefghi " * 15
    chat.type("/" + word)
    chat.wait_for("ghi ")
    for columns in (30, 200, 80):
        chat.resize(columns)
        time.sleep(0.05)
        chat.type("x" * 40)  # more than a row: libedit once wrote them behind the rows of the new width
        time.sleep(0.05)
    chat.says(CTRL_A + "/\r", "no such command: //abcdefghi\r\n")
    chat.type(CTRL_D)
    chat.ends_with(0)


def ctrl_c_leaves_a_long_line_below_it():
    chat = Chat()
    chat.type("/" + "long " * 60 + CTRL_A)
    chat.wait_for("\x1b[3A")  # the cursor is in the first of four rows
    chat.says(CTRL_C, "\r\n\r\n\r\n\r\n(Ctrl-C again")
    chat.type(CTRL_C)
    chat.ends_with(130)


def ctrl_z_stops_nobody_without_a_shell():
    chat = Chat()
    chat.type("/one")
    chat.wait_for("/one")
    chat.type(CTRL_Z)
    chat.wait_for("> /one")  # drawn anew
    chat.says("two\r", typed("onetwo"))
    chat.type(CTRL_D)
    chat.ends_with(0)


TESTS = {
    "keys_of_every_terminal": (
        ctrl_d_leaves,
        second_ctrl_c_leaves,
        a_message_between_them_counts,
        ctrl_c_drops_what_was_typed,
        second_ctrl_c_need_not_wait,
        several_lines_are_one_message,
        a_full_context_is_a_question,
    ),
    "line_editing": (
        up_brings_lines_back,
        characters_are_edited_whole,
        bytes_that_are_no_utf8_do_no_harm,
        another_width_keeps_the_line,
        ctrl_c_leaves_a_long_line_below_it,
        ctrl_z_stops_nobody_without_a_shell,
    ),
}

if __name__ == "__main__":
    THIMBLE, MODEL, section = sys.argv[1:]
    for test in TESTS[section]:
        try:
            test()
        except AssertionError as error:
            sys.exit(f"{test.__name__}: {error}")
