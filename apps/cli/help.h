// The prose of --help: what each command is for, by example.
#pragma once

namespace thimble::cli {

inline constexpr const char* kDescription =
    "Runs small language models of the Llama family, the same bits here as on a microcontroller.";

inline constexpr const char* kExamples =
    "Examples:\n"
    "  thimble convert stories15M.bin stories15M.thm --tokenizer tokenizer.bin\n"
    "  thimble run stories15M.thm -p \"Once upon a time\"\n"
    "  thimble run stories15M.thm -p \"Once upon a time\" --temp 0 -n 50 > story.txt\n"
    "  thimble help run\n\n"
    "The text goes to stdout, everything else to stderr. Whole numbers may end in k, M or G (powers of 1000) or in\n"
    "Ki, Mi or Gi (powers of 1024). Exit codes: 0 done, 1 failed, 2 wrong command line, 130 interrupted.\n";

inline constexpr const char* kRunExamples =
    "Examples:\n"
    "  thimble run stories.thm                                 a story from nothing\n"
    "  thimble run stories.thm -p \"Once upon a time\" -s 7      the same story every time\n"
    "  echo \"One day\" | thimble run stories.thm -n 40 -q       40 tokens, and nothing on stderr\n"
    "  while read -r line; do thimble run stories.thm -p \"$line\" --echo -q; done < openings.txt\n"
    "  thimble run stories260K.bin --tokenizer tok512.bin --temp 0\n\n"
    "Without MODEL it is the story model that ships. Sampling that is not given comes from the model file, then from\n"
    "the defaults in brackets. Standard input is read only where neither -p nor -f is given, and then to its end. A\n"
    "text from a file or from standard input is UTF-8; a byte-order mark is dropped, CR LF is read as LF, and one\n"
    "newline at its end is not part of the prompt. A text in -p is taken as typed. stdout receives exactly the\n"
    "generated text, with --echo behind the prompt; on a terminal it is closed with a newline and control characters\n"
    "are shown as ^X. Ctrl-C stops within one token.\n";

inline constexpr const char* kChatExamples =
    "Examples:\n"
    "  thimble chat stories.thm\n"
    "  printf 'One day\\nThen\\n' | thimble chat stories.thm -q -n 30\n\n"
    "/help inside the chat lists its commands. A model with a chat template answers; one without goes on with the\n"
    "text you type. Each answer on stdout ends with a newline; prompts and questions go to stderr.\n\n"
    "On a terminal, lines can be edited: the cursor keys and Ctrl-R bring back what was typed in this chat, which is\n"
    "kept nowhere else. Ctrl-C stops an answer; at the prompt it drops the line, and twice it leaves.\n\n"
    "When the context is full, the chat asks whether to go on without the oldest turns, as many as must go until a\n"
    "quarter of the context is free for the answer. Piped input cannot be asked: the chat says that the context is\n"
    "full, or with --context-shift goes on.\n";

inline constexpr const char* kConvertExamples =
    "Examples:\n"
    "  thimble convert stories15M.bin --tokenizer tokenizer.bin          writes stories15M.thm\n"
    "  thimble convert model.bin model.thm --temp 0.7 --license MIT --prompt \"Once upon a time\"\n"
    "  thimble convert model.bin small.thm --type q4\n"
    "  thimble convert chat.bin --chat-template \"User: {prompt}\\nBot:\"   {prompt}: what the user says\n\n"
    "Types: q8 takes a byte per weight and computes in integers; q4 takes half of that, but keeps the embedding and\n"
    "the classifier in q8; mixed keeps wk, wv, wo and w_down in q8 too; f16 and f32 compute in floats. The report\n"
    "states the size and the error of every tensor. OUT is written completely or not at all. Sampling options are "
    "stored as\n"
    "the model's defaults.\n";

inline constexpr const char* kInspectExamples =
    "Examples:\n"
    "  thimble inspect stories.thm\n"
    "  thimble inspect stories.thm --tensors --verify\n"
    "  thimble inspect stories.thm -b 1 --fast 150k           a chip that maps the file and has 150 kB to spare\n\n"
    "Whole numbers may end in k, M or G for powers of 1000, and in Ki, Mi or Gi for powers of 1024.\n";

inline constexpr const char* kTokenizeExamples =
    "Examples:\n"
    "  thimble tokenize stories.thm -p \"Once upon a time\"\n"
    "  thimble tokenize tokenizer.bin -f story.txt --pieces\n"
    "  thimble tokenize stories.thm --decode \"1 403 407\"\n\n"
    "MODEL may be a tokenizer.bin or a sentencepiece .model as well.\n";

inline constexpr const char* kEvalExamples =
    "Examples:\n"
    "  thimble eval stories.thm --text stories.txt --stories 200\n"
    "  thimble eval small.thm --text stories.txt --against stories.thm\n"
    "  thimble eval q8.thm --text stories.txt --against stories260K.bin --tokenizer tok512.bin\n\n"
    "A text with lines <|endoftext|> is scored story by story: stripped, BOS first, cut at the context, every next\n"
    "token counted. A text without is cut into windows as long as the context, each with BOS first. --kv-type is that "
    "of\n"
    "MODEL; the model of --against has the kv cache of its own type of weights.\n";

inline constexpr const char* kSelftestExamples =
    "Examples:\n"
    "  thimble selftest stories.thm\n"
    "  thimble selftest stories.thm --kv-type i8 -t 4 -b 3\n\n"
    "Runs a few tokens and compares a hash of all logits with the one that the conversion wrote into the file, for\n"
    "each type of kv cache. The hash is the same on every machine and chip, for any -t and -b. Exit code 1 when one\n"
    "differs.\n";

}  // namespace thimble::cli
