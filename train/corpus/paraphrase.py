"""Ways to say the same: phrases that may stand for one another wherever the templates use them.

Each template is widened once, before it is parsed: `began to cry` becomes `[began|started] to cry`. It is a cheap way to many
sentences, and safe only because the templates are a closed set: a rule here must hold in every template that it
matches. Contractions come often in speech and now and then in telling.
"""

import re

# pattern, alternatives (\\0 is what was found)
_RULES = [
    (r"\bbegan to\b|\bstarted to\b", ["began to", "started to"]),
    (r"\b(was|were|felt) very (?!much|quiet)", [r"\1 very ", r"\1 so ", r"\1 really ", r"\1 quite "]),
    (r"\b[Aa] big (?!smile|hug|now|step|cold|horse)", [r"\0", "a large ", "a great big ", r"\0"]),
    (r"\b[Aa] (?:small|tiny) ", ["a small ", "a little ", "a tiny "]),
    (r"\bwas happy\b", ["was happy", "was glad", "felt happy"]),
    (r"\btook a deep breath\b", ["took a deep breath", "breathed in deeply", "took a breath"]),
    (r"\bhad to laugh\b", ["had to laugh", "began to laugh", "started to giggle"]),
    (r"\bran (?=to |home|after |back|out |up and|along |inside)", ["ran ", "hurried ", "rushed ", "raced "]),
    (r"(?<![Ii]t )\bwent (?=home|back |out )", ["went ", "walked "]),
    (r"\bnext to\b|\bbeside\b", ["next to", "beside", "close to"]),
    (r"\ball day(?! long)\b", ["all day", "all day long", "the whole day"]),
    (r"\bevery day\b", ["every day", "each day", "day after day"]),
    (r"\bevery (?=morning|evening|night|week)", ["every ", "each "]),
    (r"\bat once\b|\bright away\b", ["at once", "right away"]),
    (r"\b([Nn])obody\b", [r"\1obody", r"\1o one"]),
    (r"\b([Ee])verybody\b|\b([Ee])veryone\b", [r"\1\2verybody", r"\1\2veryone"]),
    (r"\b([Ss])omebody\b", [r"\1omebody", r"\1omeone"]),
    (r"\banymore\b", ["anymore", "any longer"]),
    (r"\bfor a long time\b", ["for a long time", "for a long while", "for quite some time"]),
    (r"\b(was|had|were) only\b", [r"\1 only", r"\1 just"]),
    (r"^But then\b", ["But then", "Then", "But soon", "But a little later"]),
    (r"^Then\b(?!,)", ["Then", "Then", "And then", "Soon"]),
    (r"^So (they|\{A\}|\{B\})", [r"So \1", r"And so \1", r"\1"]),
    (r", for (?=\{[AB](?:\.he|\.n)?\}|it |nobody|the )", [", for ", ", because "]),
    (r"\bafraid\b", ["afraid", "scared"]),
    (r"\ba bit\b", ["a bit", "a little", "a little bit"]),
    (r"\bThey both\b|\bthey both\b", ["they both", "both of them", "the two of them"]),
    (r"\b(sat|walked) together\b", [r"\1 together", r"\1 side by side"]),
    (r"\bvery (?=quiet|quietly|still|brave|proud)", ["very ", "so "]),
    (r"\bcame running\b", ["came running", "hurried in", "ran in"]),
    (r"\bonce more\b|(?<=tried )again\b", ["once more", "again", "one more time"]),
    (r"\bwith a smile\b", ["with a smile", "with a big smile", "with a little smile", "with a grin"]),
    (r"\bin the (?=evening|afternoon)\b", ["in the ", "later in the "]),
    (r"\bA (?:few|couple of) days later\b", ["A few days later", "Some days later", "Two days later", "One week later"]),
    (r"\bdid not know what to do\b", ["did not know what to do", "had no idea what to do", "was at a loss"]),
    (r"\bcould not believe it\b", ["could not believe it", "could hardly believe it", "was amazed"]),
    (r"\bThe next day\b", ["The next day", "The day after", "On the next day", "A day later"]),
    (r"\bThe next morning\b", ["The next morning", "In the morning", "Early the next day"]),
    (r"\bIn the morning\b", ["In the morning", "Early in the morning", "When morning came"]),
    (r"\bhad an idea\b", ["had an idea", "had a good idea", "had a plan"]),
    (r"\bfor a while\b", ["for a while", "for some time", "for a little while"]),
    (r"\bFor a moment\b", ["For a moment", "For a while", "At first"]),
    (r"\bpicked up\b", ["picked up", "took"]),
    (r"\bmore than anything\b", ["more than anything", "most of all", "very much"]),
    (r"\bsaid nothing\b|\bdid not say a word\b", ["said nothing", "did not say a word", "was silent", "kept quiet"]),
    (r"\bhugged (\{\w\.[on]\})", [r"hugged \1", r"gave \1 a hug", r"put both arms around \1"]),
    (r"\bhelped (\{\w\.[on]\}) up\b", [r"helped \1 up", r"pulled \1 up"]),
    (r"\bthe (door|gate|table|window|path|shed|bridge)\b(?! next)", [r"the \1", r"the \1", r"the \1", r"the old \1",
    r"the little \1"]),
    (r"\bthe (road|fence|wall|stove|stairs)\b", [r"the \1", r"the \1", r"the old \1"]),
    (r"\bsmiled\b(?! from| all)", ["smiled", "smiled", "grinned", "beamed"]),
    (r"\bsaw (?=that |a |an )", ["saw ", "saw ", "noticed "]),
    (r"\bfound (?=a |an |some )", ["found ", "found ", "discovered "]),
    (r"\bthanked (\{\w\.[on]\})", [r"thanked \1", r"said thank you to \1"]),
    (r"\bwanted so much\b", ["wanted so much", "wanted very much", "really wanted"]),
    (r"\bheart was heavy\b", ["heart was heavy", "heart felt heavy", "heart was sad"]),
]
_SHORT = {
    "did not": "didn't", "do not": "don't", "does not": "doesn't", "was not": "wasn't", "were not": "weren't",
    "is not": "isn't",
    "could not": "couldn't", "would not": "wouldn't", "cannot": "can't", "will not": "won't", "I am": "I'm",
    "I will": "I'll",
    "We will": "We'll", "we will": "we'll", "You are": "You're", "you are": "you're", "It is": "It's", "it is": "it's",
    "That is": "That's", "What is": "What's", "Where is": "Where's", "Who is": "Who's", "Let us": "Let's", "We are": "We're",
}
_SHORT_PATTERN = re.compile(r"\b(" + "|".join(_SHORT) + r")(?= [a-z{\[])")
_RULES = [(re.compile(pattern), ways) for pattern, ways in _RULES]


def widen(template):
    """`template` with more choices in it."""
    for pattern, ways in _RULES:
        template = pattern.sub(lambda m: "[" + "|".join(_fill(way, m) for way in ways) + "]", template)
    spoken = '"' in template
    return _SHORT_PATTERN.sub(lambda m: "[" + m[1] + "|" + _SHORT[m[1]] + ("|" + _SHORT[m[1]] if spoken
        else "|" + m[1]) + "]", template)


def _fill(way, match):
    for number in range(match.re.groups, -1, -1):
        way = way.replace("\\" + str(number), match[number] or "")
    return way
