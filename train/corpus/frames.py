"""How stories begin and end. Plots may add their own ways; these fit any of them."""

from . import cast
from . import lexicon as lex

LIVES = {
    "child": ["in a small house by the [sea|river|lake]", "in a [small|quiet|sunny] town", "on a [small|big] farm",
              "in a house on a hill", "in a small village", "near the [park|forest|lake]",
              "with {A.his} [grandma|grandpa] by the sea", "in a cottage by the forest", "above a bakery",
              "in a tall house in the city", "near the railway", "on the shore of a lake", "on a ranch"],
    "animal": ["under an old tree", "at the edge of the [forest|meadow]", "by the [pond|lake|river]",
               "in a warm den in the woods", "in the green woods", "behind the old barn", "in a burrow under the roots",
               "in a nest of moss", "in a hollow trunk", "among the ferns", "on a rocky island"],
    "robot": ["in a small workshop", "in a house full of books", "in a quiet town", "in a house at the end of the street",
              "in a factory", "in an old garage", "at the airport", "in a laboratory"],
}


def _introductions(hero):
    """(with a trait, without): "a curious little girl named Lily" """
    if hero.name.startswith("the little "):
        noun = hero.name[len("the "):]
        return "a {trait} " + noun, "a " + noun
    grow = "[little |]"
    tail = hero.noun + " named " + hero.name
    return "a {trait} " + grow + tail, "a " + grow + tail


def open_story(s, love=None, trait=None, mate=None, where=True, morning=True, plain=90):
    """Introduces the hero (and the friend whose key is `mate`).

    love: what the hero loves, as templates ("to fly kites"); trait: one that matters to the plot; where: may we say where the
    hero lives; morning: may the day begin at home in the morning; plain: how often, of 100, the plot begins without
    frills after one sentence.
    """
    hero, rng = s.hero, s.rng
    s.env["love"] = rng.pick(love or lex.LOVES[hero.kind]).replace("WHOSE", "{A.his}")
    if trait:
        s.env["trait"] = trait
    s.env["intro"], s.env["bare"] = _introductions(hero)
    s.env["lives"] = rng.pick(LIVES[hero.kind])
    named = not hero.name.startswith("the ")
    styles = [("once", 26), ("was", 18), ("loved", 12), ("plot", 16)]
    if where:
        styles.append(("lived", 10))
    if morning:
        styles += [("morning", 9), ("weather", 9)]
    if mate:
        styles.append(("pair", 45))
    style = rng.weighted(styles)
    if style == "once":
        s.say("Once upon a time[,|] there was {intro}[| who lived {lives}| who loved {love}].",
              "There was once {intro}[| who lived {lives}| who loved {love}].",
              "Long ago, there was {intro}[| who lived {lives}| who loved {love}].",
              "Once upon a time, {intro} lived {lives}.", "Once there was {intro}. {A} [loved|liked] {love}.")
    elif style == "was":
        s.say(*(["{A.n} was a {trait} [little |]" + hero.noun +
                 "[| who loved {love}| who lived {lives}|. {A} loved {love}].",
                 "{A.n} was a [little |]" + hero.noun + "[ who loved {love}| who lived {lives}|, and {A.he} loved {love}]."]
                if named else ["{A.n} was [very|always] {trait}[|, and {A.he} loved {love}]."]))
        _know(s)
    elif style == "loved":
        _first_name(s)
        s.say("{A} loved {love}[| very much| more than anything].", "More than anything, {A} loved {love}.",
              "Every day, {A} [liked|wanted] {love}." if s.env["love"].startswith("to ")
              else "{A} always loved {love}.")
    elif style == "lived":
        s.env["lives"] = rng.pick([where for where in LIVES[hero.kind] if not where.startswith("with")])
        s.say("{lives} lived {intro}.", "{lives}, there lived {intro}[|. {A} loved {love}].",
              "{A.n} lived {lives}[| and loved {love}]." if hero.kind == "child" else "{lives} there was {intro}.")
        _know(s)
    elif style == "morning":
        _first_name(s)
        s.dated = True
        s.weather = s.weather or rng.pick(lex.POOLS["weathernice"])
        s.env["weather"] = s.weather
        s.say("[One|On a] {weather} [morning|day], {A} woke up early.",
              "{A} woke up [early|with a smile]. It was a {weather} [day|morning].",
              "When {A} woke up, it was a {weather} [day|morning].", "{A} looked out of the window. It was a {weather} day.")
    elif style == "weather":
        s.dated = True
        s.weather = s.weather or rng.pick(lex.POOLS["weathernice"])
        s.env["weather"] = s.weather
        _first_name(s)
        s.say("It was a {weather} [day|morning], and {A} wanted to [go out|have some fun].",
              "It was a {weather} [day|morning][| in spring| in the village].",
              "What a {weather} [day|morning] it was! {A} [smiled|was happy].")
    elif style == "pair":
        if hero.kind != "child":
            _first_name(s)
        _pair(s, mate)
    elif style == "plot":
        _first_name(s)
        s.dated = s.dated or rng.chance(35)
    if style in ("once", "lived", "was") and rng.chance(100 - plain):
        told = "loved" in s.turns[-1] or "liked" in s.turns[-1]
        s.env["love"] = rng.pick([x for x in lex.LOVES[hero.kind] if x != s.env["love"]]).replace("WHOSE", "{A.his}")
        s.say("{A} liked {love}, too." if told else "{A} loved {love}.",
              "{A} was [always|very] {trait}.", "Everybody liked {A.o}.")
    s.env["trait"] = None


def _know(s):
    s.hero.known = True


def _first_name(s):
    """At the first mention say what the hero is, unless the name tells."""
    hero = s.hero
    if hero.kind == "child":
        if s.rng.chance(12):
            hero.first, hero.known = "little " + hero.name, False
    elif not hero.name.startswith("the "):
        hero.first = hero.name + " the " + s.rng.pick(("", "little ")) + hero.noun
        hero.known = False


def _pair(s, mate):
    b = s.env[mate]
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
