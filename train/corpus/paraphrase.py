"""Ways to say the same: phrases that may stand for one another wherever the templates use them.

Each template is widened once, before it is parsed: `began to cry` becomes `[began|started] to cry`. It is safe only because
the templates are a closed set: a rule here must hold in every template that it matches. The rules are few, since
each is one more thing to learn. What is said aloud has contractions ("I'll help you"), what is told has none.
"""

import re

# pattern, alternatives
_RULES = [(re.compile(pattern), ways) for pattern, ways in (
    (r"\bbegan to\b", "[began to|started to]"),
    (r"\bnext to\b", "[next to|beside]"),
    (r"\bat once\b", "[at once|right away]"),
    (r"\bfor a long time\b", "[for a long time|for a long while]"),
    (r"\bran (?=to |home|after |back|out )", "[ran|ran|hurried] "),
    (r"\bA few days later\b", "[A few days later|Two days later|Some days later]"),
    (r"\bThe next day\b", "[The next day|The next morning]"),
)]
_SHORT = {
    "Did not": "Didn't", "did not": "didn't", "Do not": "Don't", "do not": "don't", "does not": "doesn't", "was not": "wasn't",
    "is not": "isn't", "could not": "couldn't", "cannot": "can't", "will not": "won't", "I am": "I'm", "I will": "I'll",
    "We will": "We'll", "we will": "we'll", "You are": "You're", "you are": "you're", "It is": "It's", "it is": "it's",
    "That is": "That's", "that is": "that's", "What is": "What's", "Where is": "Where's", "Who is": "Who's", "Let us": "Let's",
    "We are": "We're",
}
_SHORT_PATTERN = re.compile(r"\b(" + "|".join(_SHORT) + r")(?= [a-z{\[])")
_QUOTED = re.compile(r'"[^"]*"')


def widen(template):
    """`template` with more choices in it, and contractions in what is said."""
    for pattern, ways in _RULES:
        template = pattern.sub(ways, template)
    return _QUOTED.sub(lambda q: _SHORT_PATTERN.sub(lambda m: _SHORT[m[1]], q.group()), template)
