"""Who said it, and how: tags for a line of dialogue."""

# mood: (verbs, ways to say it, things to do before saying it)
MOODS = {
    "plain": (["said"], ["", "", "softly"], ["{W} looked up.", "{W} nodded.", "{W} thought for a moment."]),
    "kind": (["said"], ["", "kindly", "softly", "gently", "with a smile"], ["{W} smiled.", "{W} came closer."]),
    "happy": (["said", "said", "laughed"], ["", "happily", "with a big smile"], ["{W} smiled.", "{W} laughed."]),
    "excited": (["cried", "shouted", "called"], ["", "happily"], ["{W} jumped up and down.", "{W} clapped."]),
    "loud": (["cried", "shouted", "called"], ["", "loudly"], []),
    "sad": (["said", "said", "sighed"], ["", "sadly", "in a small voice"], ["{W} looked down.", "{W} shook {W.his} head."]),
    "scared": (["whispered", "said"], ["in a small voice", "quietly", ""], ["{W} took a step back."]),
    "cross": (["said", "shouted", "cried"], ["", "angrily"], ["{W} stamped {W.his} foot.", "{W} got angry."]),
    "sorry": (["said", "whispered"], ["quietly", "softly", ""], ["{W} looked down.", "{W} took a deep breath."]),
    "whisper": (["whispered"], [""], []),
}
_ASK_HOW = {"plain": [""], "kind": ["kindly", "gently", ""], "happy": ["with a smile", "happily", ""], "excited": [""],
            "loud": ["loudly"], "sad": ["sadly", "in a small voice", ""], "scared": ["in a small voice", "quietly"],
            "cross": ["angrily", ""], "sorry": ["quietly", "softly"], "whisper": ["in a whisper"]}

_NOT_ASKING = ("{W} nodded.", "{W} laughed.", "{W} shook {W.his} head.")   # before a question that would be odd


def tagged(rng, line, mood):
    """A template for `line` with its tag; {W} speaks. " / " marks where the tag may go in the middle."""
    verbs, hows, beats = MOODS[mood]
    first, slash, rest = line.partition(" / ")
    style = rng.below(100)
    if "?" in line:
        beats = [b for b in beats if b not in _NOT_ASKING]
    if beats and style < 16:
        return rng.pick(beats) + ' "' + line.replace(" / ", " ") + '"'
    head = first if slash and style < 66 else line.replace(" / ", " ")
    asks = head.endswith("?")
    verb, how = ("asked", rng.pick(_ASK_HOW[mood])) if asks else (rng.pick(verbs), rng.pick(hows))
    if verb in ("sighed", "whispered", "laughed"):
        how = ""   # such a verb says how already
    how = " " + how if how else ""
    quote = '"' + (head[:-1] + "," if head.endswith(".") else head) + '"'
    if slash and style < 66:
        return quote + " " + verb + " {W.n}" + how + '. "' + rest + '"'
    if style < 72:
        return quote + " " + verb + " {W.n}" + how + "."
    if verb in ("sighed", "laughed"):
        verb = "said"
    return "{W} " + verb + how + ', "' + head + '"'
