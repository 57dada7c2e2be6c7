"""The clients that people use, told nothing but the address. Usage: clients.py THIMBLE openai|litellm|llm [ADDRESS]

ADDRESS: of a board that serves the model that ships, rather than `thimble serve`; it has no key."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from serving import PATIENCE, Board, Server, WebSocket, expect, tell

SKIPPED = 77
PROMPT = "The little robot"
SEED = 42
MESSAGES = [{"role": "user", "content": PROMPT}]


def streamed(stream):
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


def check_openai(server, want):
    import openai

    client = openai.OpenAI(base_url=server.url + "/v1", api_key="any", timeout=PATIENCE, max_retries=0)
    expect([m.id for m in client.models.list()] == ["story"], "models")
    expect(client.models.retrieve("story").id == "story", "model")

    whole = client.completions.create(model="story", prompt=PROMPT, seed=SEED)
    expect(whole.choices[0].text == want, "completion")
    expect(whole.choices[0].finish_reason == "stop", "finish_reason")
    expect(whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens, "usage")
    pieces = [c.choices[0].text for c in client.completions.create(model="story", prompt=PROMPT, seed=SEED, stream=True)]
    expect("".join(pieces) == want, "completion, streaming")
    expect(len(pieces) > 1, "an end of its own")  # a client that is late gets all tokens in one piece before it

    chat = client.chat.completions.create(model="story", messages=MESSAGES, seed=SEED)
    expect(chat.choices[0].message.content == want and chat.choices[0].message.role == "assistant", "chat")
    chunks = list(client.chat.completions.create(model="story", messages=MESSAGES, seed=SEED, stream=True,
                                                 stream_options={"include_usage": True}))
    expect(streamed(chunks) == want, "chat, streaming")
    expect(chunks[0].choices[0].delta.role == "assistant", "the first chunk's role")
    expect(not chunks[-1].choices and chunks[-1].usage.completion_tokens == whole.usage.completion_tokens, "last chunk")
    stopped = client.completions.create(model="story", prompt=PROMPT, seed=SEED, stop=[want[10:14]])
    expect(stopped.choices[0].text == want[:want.index(want[10:14])], "stop")
    extended = client.completions.create(model="story", prompt=PROMPT, seed=SEED, extra_body={"top_k": 1})
    expect(extended.choices[0].text == tell(server.thimble, PROMPT, SEED, "--top-k", "1"), "top_k")
    with client.chat.completions.create(model="story", messages=MESSAGES, stream=True) as left:
        next(iter(left))  # and no more

    try:
        client.completions.create(model="story", prompt="x", temperature=-1)
        expect(False, "a wrong temperature was taken")
    except openai.BadRequestError as error:
        expect(error.param == "temperature", f"param {error.param}")
    try:
        client.completions.create(model="story", prompt="word " * 400)
        expect(False, "a prompt longer than the context was taken")
    except openai.BadRequestError as error:
        expect(error.code == "context_length_exceeded", f"code {error.code}")
    if isinstance(server, Server):
        check_key(server.thimble)


def check_key(thimble):
    import openai

    with Server(thimble, "--api-key", "secret") as server:
        try:
            openai.OpenAI(base_url=server.url + "/v1", api_key="wrong", max_retries=0).models.list()
            expect(False, "a wrong key was taken")
        except openai.AuthenticationError as error:
            expect(error.code == "invalid_api_key", f"code {error.code}")
        right = openai.OpenAI(base_url=server.url + "/v1", api_key="secret", max_retries=0)
        expect(right.completions.create(model="story", prompt="x", max_tokens=2).usage.completion_tokens == 2, "key")
        expect(not any("secret" in line for line in server.log), "the key is in the log")


def check_litellm(server, want):
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm

    ask = dict(model="openai/story", api_base=server.url + "/v1", api_key="any", timeout=PATIENCE, messages=MESSAGES,
               seed=SEED)
    expect(litellm.completion(**ask).choices[0].message.content == want, "completion")
    expect(streamed(litellm.completion(**ask, stream=True)) == want, "completion, streaming")


def check_llm(server, want):
    """The program `llm`, with the server among its models."""
    with tempfile.TemporaryDirectory() as home:
        pathlib.Path(home, "extra-openai-models.yaml").write_text(
            f"- model_id: thimble\n  model_name: story\n  api_base: {server.url}/v1\n  api_key_name: any\n")
        environment = dict(os.environ, LLM_USER_PATH=home, OPENAI_API_KEY="any")
        for option in ("--no-stream", "--no-log"):
            said = subprocess.run([str(pathlib.Path(sys.executable).with_name("llm")), "-m", "thimble", "--key", "any",
                                   "-o", "seed", str(SEED), option, PROMPT], env=environment, check=True,
                                  capture_output=True, text=True, timeout=PATIENCE).stdout
            expect(said == want + "\n", f"llm {option}: {said!r}")


def check_websocket(server, want):
    page = WebSocket(server)
    page.send(json.dumps({"type": "generate", "prompt": PROMPT, "seed": SEED}).encode())
    text = ""
    while (message := page.message()) and message["type"] != "done":
        text += message.get("text", "")
    expect(text == want, "the WebSocket's text")
    page.close()


def main():
    thimble, name, *address = sys.argv[1:]
    if importlib.util.find_spec(name) is None:
        print(f"the Python package {name} is not installed")
        return SKIPPED
    with Board(*address, thimble) if address else Server(thimble) as server:
        want = tell(thimble, PROMPT, SEED)
        expect(len(want) > 100, "a story")
        check_websocket(server, want)
        {"openai": check_openai, "litellm": check_litellm, "llm": check_llm}[name](server, want)
        expect(server.get("/api/info")["requests"]["running"] == 0, "something still runs")
    print(f"{name}: what it was told is what `thimble run` tells, {len(want)} characters")
    return 0


sys.exit(main())
