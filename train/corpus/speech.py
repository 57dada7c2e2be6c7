"""Who said it, and how: tags for a line of dialogue."""

# mood: (verbs that may stand before the name, ways to say it, things to do before saying it)
MOODS = {
    "plain": (["said", "said", "said", "told {L.o}"], ["", "", "softly", "in a calm voice", "after a moment"],
              ["{W} thought for a moment.", "{W} looked up.", "{W} nodded."]),
    "kind": (["said"], ["kindly", "softly", "gently", "with a smile", "in a warm voice", ""],
             ["{W} smiled.", "{W} came closer.", "{W} sat down [beside|next to] {L.o}.", "{W} nodded."]),
    "happy": (["said", "said", "laughed"], ["happily", "with a big smile", "with a grin", "", "with shining eyes"],
              ["{W} smiled.", "{W} laughed.", "{W} clapped.", "{W} grinned."]),
    "excited": (["cried", "shouted", "called", "cheered"], ["", "", "loudly", "in a happy voice", "with wide eyes"],
                ["{W} jumped up and down.", "{W} pointed.", "{W} clapped.", "{W} ran up."]),
    "loud": (["cried", "shouted", "called"], ["", "", "loudly", "as loud as {W.he} could"], ["{W} waved.", "{W} pointed."]),
    "sad": (["said", "sighed", "sobbed"], ["sadly", "in a small voice", "", "with tears in {W.his} eyes"],
            ["{W} sighed.", "{W} looked down.", "{W} shook {W.his} head.", "A tear rolled down {W.ns} face."]),
    "scared": (["whispered", "said", "squeaked"], ["in a shaky voice", "in a tiny voice", "", "very quietly"],
               ["{W} took a step back.", "{W} held {W.his} breath.", "{W} swallowed."]),
    "cross": (["said", "snapped", "shouted", "grumbled"], ["crossly", "", "in a cross voice", "with a frown"],
              ["{W} stamped {W.his} foot.", "{W} frowned.", "{W} turned away.", "{W} folded {W.his} arms."]),
    "sorry": (["said", "mumbled", "whispered"], ["quietly", "in a low voice", "at last", ""],
              ["{W} looked at the floor.", "{W} took a deep breath.", "{W} turned red.", "{W} felt bad."]),
    "whisper": (["whispered"], ["", "softly", "with a smile"], ["{W} put a finger to {W.his} lips."]),
}
_ASK = ["asked", "asked", "asked", "wanted to know"]
_ASK_HOW = {"plain": [""], "kind": ["kindly", "gently", "softly", ""], "happy": ["with a smile", "happily", ""],
            "excited": ["with wide eyes", ""], "loud": ["loudly", ""], "sad": ["sadly", "in a small voice", ""],
            "scared": ["in a shaky voice", "in a tiny voice", ""], "cross": ["crossly", "with a frown"],
            "sorry": ["quietly", "in a low voice"], "whisper": ["softly", "in a whisper"]}


def tagged(rng, line, mood, has_listener):
    """A template for `line` with its tag; {W} speaks, {L} listens. " / " marks where the tag may go in the middle."""
    verbs, hows, beats = MOODS[mood]
    first, slash, rest = line.partition(" / ")
    style = rng.below(100)
    if not has_listener:
        verbs = [v for v in verbs if "{L" not in v]
        beats = [b for b in beats if "{L" not in b]
    if beats and style < 18:
        return rng.pick(beats) + ' "' + first + (" " + rest if rest else "") + '"'
    head = first if slash and style < 72 else line.replace(" / ", " ")
    asks = head.endswith("?")
    verb, how = (rng.pick(_ASK), rng.pick(_ASK_HOW[mood])) if asks else (rng.pick(verbs), rng.pick(hows))
    if verb in ("sobbed", "sighed", "whispered", "laughed", "mumbled", "grumbled", "snapped", "squeaked", "wondered",
                "wanted to know"):
        how = ""   # such a verb says how already
    how = " " + how if how else ""
    quote = '"' + (head[:-1] + "," if head.endswith(".") else head) + '"'
    if slash and style < 72:
        tag = verb + " {W.n}" + how if "L" not in verb and verb != "wanted to know" else "{W} " + verb + how
        return quote + " " + tag + '. "' + rest + '"'
    if style < 52 and "{L" not in verb and verb != "wanted to know":
        return quote + " " + verb + " {W.n}" + how + "."
    if style < 64 or verb == "wanted to know":
        return quote + " {W} " + verb + how + "."
    if verb in ("sobbed", "sighed", "laughed", "wondered"):
        verb = "asked" if asks else "said"
    return "{W} " + verb + how + ', "' + head + '"'
