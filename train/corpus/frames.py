"""How stories begin and end. Plots may add their own ways; these fit any of them."""

from . import cast, given, titles
from . import lexicon as lex

LIVES = {
    "child": ["in a small house by the [sea|river|lake]", "in a [small|quiet|sunny] town", "on a [small|big] farm",
              "in a house on a hill", "in a small village", "near the [park|forest|lake]",
              "with {A.his} [grandma|grandpa] by the sea", "in a tall house in the city"],
    "animal": ["under an old tree", "at the edge of the [forest|meadow]", "by the [pond|lake|river]",
               "in the green woods", "behind the old barn", "in a small house in the woods"],
    "robot": ["in a small workshop", "in a house full of books", "in a quiet town", "in a house at the end of the street",
              "behind the old barn"],
}


def _introductions(hero):
    """(with a trait, without): "a curious little girl named Lily" """
    if hero.nameless:
        return "a {trait} " + hero.nameless, "a " + hero.nameless
    tail = hero.noun + " [named|named|called] " + hero.name
    return "a {trait} [little |]" + tail, "a [little |]" + tail


def _styles(s, where, morning, mate, own):
    """Ways to open, with their weights."""
    if s.title and not s.hero.nameless:   # below a title, a name would be spelled with other pieces than within a line
        return [("once", 70), ("bare", 30)]
    if s.hero.name.startswith("my "):
        return [("was", 30), ("loved", 15), ("morning", 15), ("plot", 30), ("weather", 10)]
    styles = [("once", 34), ("bare", 16), ("was", 16), ("loved", 8), ("plot", 16)]
    if own:
        styles.append(("owner", 50))
    if where:
        styles.append(("lived", 8))
    if morning:
        styles += [("morning", 7), ("weather", 7)]
    if mate:
        styles.append(("pair", 40))
    return styles


def open_story(s, love=None, trait=None, mate=None, where=True, morning=True, plain=90, own=None):
    """Introduces the hero (and the friend whose key is `mate`), below a title if the prompt is to be one.

    love: what the hero loves, as templates ("to fly kites"); trait: one that matters to the plot; where: may we say where the
    hero lives; morning: may the day begin at home in the morning; plain: how often, of 100, the plot begins without
    frills after one sentence; own: the key of a thing that the hero owns.
    """
    hero, rng = s.hero, s.rng
    s.env["love"] = rng.pick(love or lex.LOVES[hero.kind]).replace("WHOSE", "{A.his}")
    if trait:
        s.env["trait"] = trait
    s.env["intro"], s.env["bare"] = _introductions(hero)
    s.env["lives"] = rng.pick(LIVES[hero.kind])
    if rng.chance(72 if "thing" in s.open_parts else 66 if s.given else 12) and not hero.name.startswith("my "):
        s.title = titles.title(s)
    style = rng.weighted(_styles(s, where, morning, mate, own))
    _OPENINGS[style](s, mate, own)
    if style in ("once", "lived", "was") and rng.chance(100 - plain):
        told = "loved" in s.turns[-1] or "liked" in s.turns[-1]
        s.env["love"] = rng.pick([x for x in lex.LOVES[hero.kind] if x != s.env["love"]]).replace("WHOSE", "{A.his}")
        s.say("{A} liked {love}, too." if told else "{A} loved {love}.",
              "{A} was [always|very] {trait}.", "Everybody liked {A.o}.")
    s.env["trait"] = None


def _once(s, mate, own):
    s.say("Once upon a time[,|] there was {intro}[| who lived {lives}| who loved {love}].",
          "[There was once|Once there was|There once was|Once, there was] {intro}[| who lived {lives}| who loved {love}].",
          "Long ago, there was {intro}[| who lived {lives}| who loved {love}].",
          "Once upon a time, {bare} lived {lives}.", "Once there was {bare}. {A} [loved|liked] {love}.")
    _know(s)


def _bare(s, mate, own):
    """A cat named Tom lived by the sea."""
    s.say("{bare} lived {lives}.", "{bare} [loved|liked] {love}.", "{intro} lived {lives}.",
          "{bare} [was|was always] {trait}.")
    _know(s)


def _owner(s, mate, own):
    """A cat who had a red ball."""
    s.env["own"] = "{" + own + ".a}"
    if not s.hero.nameless and s.rng.chance(50):
        _first_name(s)
        s.say("{A.n} had {own}.", "{A.n} loved {own} that {A.he} had from {A.his} grandma.", "{A.n} got {own}.")
    else:
        s.say("[Once upon a time, there was|There was once|Once there was] {bare} who had {own}.", "{bare} had {own}.",
              "{bare} [found|got] {own}.")
    _know(s)


def _was(s, mate, own):
    hero = s.hero
    if hero.nameless or hero.name.startswith("my "):
        s.say("{A.n} was [very|always] {trait}[|, and {A.he} loved {love}].", "{A.n} lived {lives}.")
    else:
        s.say("{A.n} was a {trait} [little |]" + hero.noun +
              "[| who loved {love}| who lived {lives}|. {A} loved {love}].",
              "{A.n} was a [little |]" + hero.noun + "[ who loved {love}| who lived {lives}|, and {A.he} loved {love}].")
    _know(s)


def _loved(s, mate, own):
    _first_name(s)
    s.say("{A} loved {love}[| very much| more than anything].", "More than anything, {A} loved {love}.",
          "Every day, {A} [liked|wanted] {love}." if s.env["love"].startswith("to ")
          else "{A} always loved {love}.")


def _lived(s, mate, own):
    s.env["lives"] = s.rng.pick([where for where in LIVES[s.hero.kind] if not where.startswith("with")])
    s.say("{lives} lived {intro}.", "{lives}, there lived {intro}[|. {A} loved {love}].",
          "{A.n} lived {lives}[| and loved {love}]." if s.hero.kind == "child" else "{lives} there was {intro}.")
    _know(s)


def _day(s):
    _first_name(s)
    s.dated = True
    s.weather = s.env["weather"] = s.weather or s.rng.pick(lex.POOLS["weathernice"])


def _morning(s, mate, own):
    _day(s)
    s.say("[One|On a] {weather} [morning|day], {A} woke up early.",
          "{A} woke up [early|with a smile]. It was a {weather} [day|morning].",
          "When {A} woke up, it was a {weather} [day|morning].", "{A} looked out of the window. It was a {weather} day.")


def _weather(s, mate, own):
    _day(s)
    s.say("It was a {weather} [day|morning], and {A} wanted to [go out|have some fun].",
          "It was a {weather} [day|morning][| in spring| in the village].",
          "What a {weather} [day|morning] it was! {A} [smiled|was happy].")


def _plot(s, mate, own):
    _first_name(s)
    s.dated = s.dated or s.rng.chance(35)


def _know(s):
    s.hero.known = True


def _first_name(s):
    """At the first mention say what the hero is, unless the name tells."""
    hero = s.hero
    if hero.kind == "child":
        if s.rng.chance(12):
            hero.first, hero.known = "little " + hero.name, False
    elif not hero.nameless and not hero.name.startswith("my "):
        hero.first = hero.name + " the " + s.rng.pick(("", "little ")) + hero.noun
        hero.known = False


def _pair(s, mate, own):
    """Tom and Lily were friends."""
    if s.hero.kind != "child":
        _first_name(s)
    b = s.env[mate]
    if s.hero.given and s.rng.chance(45):
        b.name = b.voc = given.name(s.rng, b.kind, b.he)[0]
        s.given.append(b.name)
    if b.kind == "child":
        b.known = True
    else:
        b.first = b.name + " the " + b.noun
    s.paired = True
    s.env["lives"] = s.rng.pick([where for where in LIVES[b.kind] if not where.startswith("with")])
    s.env["AB"] = s.env.get("AB") or cast.group(s.hero, b)
    s.say("{AB} were [best friends|good friends|friends].",
          "{AB} were friends. They [did everything together|played together every day].",
          "{AB} [always|often] played together.",
          "Once upon a time, there were two friends[ {lives}|]. Their names were {AB.n}.",
          "{AB} lived [on the same street|near each other].")


_OPENINGS = {"once": _once, "bare": _bare, "owner": _owner, "was": _was, "loved": _loved, "lived": _lived, "morning": _morning,
             "weather": _weather, "plot": _plot, "pair": _pair}


def close_story(s, endings, morals, mate):
    """The last turns: an ending that the plot offers or one that fits any, and sometimes what was learned."""
    rng = s.rng
    pool = list(endings)
    if rng.chance(25) or not pool:
        if s.night:
            pool = ["{A} fell asleep with a [smile|happy heart|warm heart].", "{A} [never forgot|always remembered] that night.",
                    "From that night on, {A} slept well."]
        else:
            pool = ["That [night|evening], {A} [fell asleep|went to bed] with a [smile|happy heart|warm heart].",
                    "It had been a [good|long|wonderful] day[ for {A.o}|, and {A} was happy].",
                    "{A} [smiled for a long time|could not stop smiling|felt warm inside].",
                    "{A} [never forgot|always remembered] that day."]
        if not s.night and s.hero.kind != "robot":
            pool += ["For supper, {A} had {meal}.", "That evening, {A} ate {meal} and was {happy}."]
        if not s.night and s.world.at(s.hero) != s.world.HOME:
            pool += ["Then {A} [went|walked|ran] home with a [smile|happy heart|song].",
                     "When the sun went down, {A} went home[ and told everyone about it|]."]
        if mate:
            pool += ["{A.n} and {M.n} [were happy|smiled at each other|laughed and laughed]."]
            s.env["M"] = s.env[mate]
            if s.env[mate].kind == s.hero.kind:
                pool += ["From then on, {A.n} and {M.n} were [best friends|always together].",
                         "{A.n} and {M.n} [played|sat together] until [the sun went down|it was dark|the stars came out]."]
    s.say(*pool)
    if morals and rng.chance(30):
        s.say(*morals)
