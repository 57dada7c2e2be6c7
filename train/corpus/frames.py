"""How stories begin and end. Plots may add their own ways; these fit any of them."""

from . import cast
from . import lexicon as lex

LIVES = {
    "child": ["in a [small|little|white|red|yellow] house [near the sea|by the river|on a hill|at the end of the street]",
              "in a [small|quiet|busy|sunny] town[| by the sea| near the hills]", "on a [small|big|green] farm",
              "in a tall [brick|gray|white] house with a [green|red|blue] door", "near the [park|forest|lake|market]",
              "in a [village|house] between two hills", "with {A.his} [grandma|grandpa|family] by the [sea|lake|woods]"],
    "animal": ["under an old [oak|pine|willow] tree", "at the edge of the [forest|woods|meadow]", "by the [pond|lake|river]",
               "in a [cozy|warm|tiny|round] den [under the hill|in the woods|by the stream]",
               "in the [green|quiet|deep] woods",
               "in a hollow [log|tree]", "behind the [old barn|garden wall|farm]"],
    "robot": ["in a [busy|small|dusty] workshop", "in a house full of [clocks|books|children]", "in a [small|quiet] town",
              "in a shop [on the corner|by the station]", "at the end of a long street"],
    "toy": ["in a [small|busy|bright] toy shop", "on a shelf [by the window|in the playroom]", "in a big toy box",
            "in a [cozy|sunny|quiet] playroom"],
}

_GROW = {"child": "[little |young |small ||]", "animal": "[little |young |small ||]", "robot": "[little |small |]",
         "toy": "[little |old |]"}


def _introductions(hero):
    """(with a trait, without): "a curious little girl named Lily" """
    if hero.name.startswith("the little "):
        noun = hero.name[len("the "):]
        return "a {trait} " + noun, "a " + noun
    grow = _GROW[hero.kind]
    tail = hero.noun + " [named|called|named] " + hero.name
    return "a {trait} " + grow + tail, "a " + grow + tail


def open_story(s, love=None, trait=None, mate=None, where=True, morning=True, plain=60):
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
        s.say("[Once upon a time,|Once upon a time|Once,|Long ago,] there was {intro}[| who lived {lives}| who loved {love}].",
              "There [once was|was once] {intro}[| who lived {lives}| who loved {love}].",
              "Once upon a time, {intro} lived {lives}.", "Once there was {intro}. {A} [loved|liked] {love}.")
    elif style == "was":
        s.say(*(["{A.n} was a {trait} " + _GROW[hero.kind] + hero.noun + "[| who loved {love}| who lived {lives}|. {A} loved {love}].",
                 "{A.n} was a " + _GROW[hero.kind] + hero.noun + "[ who loved {love}| who lived {lives}|, and {A.he} loved {love}]."]
                if named else ["{A.n} was [very|always|a bit] {trait}[|, and {A.he} loved {love}]."]))
        _know(s)
    elif style == "loved":
        _first_name(s)
        s.say("{A} [loved|liked] {love}[| very much| more than anything].", "More than anything, {A} loved {love}.",
              "[Every day|Each morning], {A} [liked|wanted] {love}." if s.env["love"].startswith("to ")
              else "{A} always loved {love}.")
    elif style == "lived":
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
        s.say("It was a {weather} [day|morning|afternoon][, and {A} wanted to [go out|have some fun|do something nice]|].",
              "It was a {weather} [day|morning][| in spring| in the village| in the little town].",
              "What a {weather} [day|morning] it was!" + ("" if s.weather in ("rainy", "foggy", "cold") else
                                                          " {A} [smiled|was happy|felt good]."))
    elif style == "pair":
        _first_name(s)
        _pair(s, mate)
    elif style == "plot":
        _first_name(s)
        s.dated = s.dated or rng.chance(35)
    if style in ("once", "lived", "was") and rng.chance(100 - plain):
        told = "loved" in s.turns[-1] or "liked" in s.turns[-1]
        s.env["love"] = rng.pick([x for x in lex.LOVES[hero.kind] if x != s.env["love"]]).replace("WHOSE", "{A.his}")
        s.say("{A} liked {love}, too." if told else "{A} [always liked|loved|liked] {love}.",
              "[Everyone|Everybody] liked {A.o}[ because {A.he} was so {trait}|].",
              "{A} was [always|very|often] {trait}.")
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
    s.env["AB"] = s.env.get("AB") or cast.group(s.hero, b)
    s.say("{AB} were [best friends|good friends|friends].",
          "{AB} were friends. They [did everything together|played together every day|"
          "lived next door to each other|liked the same games].",
          "{AB} [always played|often played|liked to play] together.",
          "[Once upon a time,|Once] there were two friends[ {lives}|]. Their names were {AB.n}.",
          "{AB} lived [on the same street|near each other|side by side].")


def close_story(s, endings, morals, mate):
    """The last turns: an ending that the plot offers or one that fits any, and sometimes what was learned."""
    rng = s.rng
    pool = list(endings)
    s.chatty = 0
    if rng.chance(18):
        s.par()
    generic = rng.chance(30) or not pool
    if generic and s.night:
        pool = ["{A} [fell asleep|slept] with a [smile|happy heart|warm heart].",
            "{A} [never forgot|always remembered] that night.",
                "[From then on|From that night on], {A} [slept well|felt a little bigger|was a little braver]."]
    elif generic:
        s.env["M"] = friend = s.env.get(mate) if mate else None
        pool = ["[That night|That evening], {A} [fell asleep|went to bed|went to sleep] with a [smile|happy heart|warm heart].",
                "It had been a [good|long|wonderful|very good] day[ for {A.o}|, and {A} was [happy|tired but happy]|].",
                "{A} [smiled|smiled for a long time|could not stop smiling|felt warm inside].",
                "{A} [never forgot|always remembered] that day.",
                "[From then on|From that day on|After that day], {A} [was never sad for long|smiled a little more|felt a little bigger].",
                "And {A} was [happy|very happy|happy again|as happy as could be]."]
        if any("happy" in turn for turn in s.turns[-4:]):
            pool.pop()
        if s.world.at(s.hero) != s.world.HOME:
            pool += ["Then it was time to go. {A} [went|skipped|walked] home [with a smile|in the evening sun|humming a song].",
                     "When the sun went down, {A} went home[ and told everyone about it| and had a big supper|]."]
            s.world.go(s.world.HOME, s.hero)
        if mate:
            pool.append("{A.n} and {M.n} [were happy|smiled at each other|laughed and laughed|hugged each other].")
        if mate and friend.kind == s.hero.kind:
            pool += ["[From then on|From that day on|After that], {A.n} and {M.n} were [the best of friends|always together|closer than ever].",
                     "{A} and {M.n} [played|laughed|sat together] until [the sun went down|it was dark|the stars came out]."]
    s.say(*pool)
    if morals and rng.chance(36):
        s.say(*morals)
    elif rng.chance(6) and not s.night:
        s.say("The end.", "And that was [that|the end of it|how it was].", "What a [good |fine |]day!",
              "It was a [very ||really ]good day.", "And [all|everything] was well.")


_OUTSIDE = ["[The sun was warm|The sun was shining|The sky was blue], and the [birds|bees|crickets] [sang|were busy|hummed].",
            "A [soft|light|cool] wind [moved|blew through|played in] the [leaves|grass|trees].",
            "The [grass|air] [was|smelled] [fresh|sweet] and [clean|cool].",
            "[White|Small|Round] clouds [went by|sailed over the sky|looked like sheep].",
            "A {bug} [flew|sat|hummed] in the sun.",
            "There were {flower}s [everywhere|by the path|in the grass].", "A {bird} [sang|called|hopped] in a tree."]
_INSIDE = ["The clock [ticked|went tick, tick, tick].", "The house [was quiet|was warm|smelled of {treats}].",
    "The [cat|dog] [slept|was asleep] by the [stove|fire|door].",
           "[Outside|In the street], a {bird} [sang|called].", "The sun [came in|shone] through the window.",
           "There was a [jug|cup|bowl] of {flower}s on the table."]


def scene(s, outside, percent):
    """Sometimes, a look around."""
    if s.weather not in ("", "sunny", "warm", "bright", "clear", "fine"):
        percent //= 3
        outside_ = _OUTSIDE[4:] if s.weather != "snowy" else []
    else:
        outside_ = _OUTSIDE
    pool = outside_ if outside else _INSIDE
    if pool and s.rng.chance(percent):
        s.say(*pool)


_BEATS = {
    "sad": ["{A} felt [a lump in {A.his} throat|very small|heavy inside].", "A tear [ran|rolled] down {A.s} [nose|face].",
    "{A} did not [smile|say anything] for a [long|little] while.",
            "[Everything|The whole day] seemed [gray|dark] now.",
            "{A} sat [down|very still] and [sighed|looked at {A.his} feet].",
            "{A.n} was [close to tears|not happy at all]."],
    "sorry": ["{A} felt [bad|terrible|ashamed].", "{A.ns} [tummy hurt|heart was heavy|face was hot].",
    "{A} [knew|could feel] that [it was|this was] wrong.", "{A} could not [look up|think of anything else].",
              "{A} wished {A.he} could [start|do it all] again."],
    "scared": ["{A.ns} [heart beat|heart was beating] [fast|like a drum].",
    "{A.ns} [knees|legs|hands] [shook|were shaking].",
    "{A} [wanted to run away|closed {A.his} eyes|could hardly breathe|did not dare to move]."],
    "hope": ["{A} [took a deep breath|felt a little hope|felt a bit better].",
    "Maybe [it was not too late|there was a way|it would be all right].",
    "{A} [did not give up|would not give up|tried to be brave]."],
    "think": ["{A} [thought|thought hard|thought and thought].",
    "{A} [walked up and down|scratched {A.his} head|looked up at the sky] and [thought|wondered].",
    "What [could|should] {A.n} do [now|next]?",
              "{A} [had no idea what to do|needed a plan|did not know what to do]."],
    "joy": ["{A.ns} heart [jumped|sang|was light].", "{A} [jumped|danced|hopped] [up and down|around|for joy].",
    "{A} could [hardly|not] [believe it|stop smiling].", "{A} [smiled from ear to ear|laughed out loud|sang a bit]."],
    "work": ["It was [hard work|not easy], but {A} [went on|did not stop|hummed a song].",
    "{A} worked [all morning|all day|until the sun was low|very hard].", "It took [a long time|all day|the whole morning].",
             "{A.ns} [arms|legs|hands] [were tired|hurt], but {A.he} [did not stop|went on]."],
}


_REACTIONS = ["{A} [watched|looked on|listened|waited][| closely| with wide eyes| for a moment| with a beating heart].",
              "{A} [held {A.his} breath|scratched {A.his} head|stood still|nodded slowly|bit {A.his} lip|leaned forward|came a step closer|stood on {A.his} toes].",
              "{A} [thought about it|did not look away|opened {A.his} eyes wide|looked from side to side|rubbed {A.his} eyes]."]


def reaction(s):
    """A few words about the hero, who has not been named for a while: they fit almost anywhere."""
    s.tell(s.rng.pick([r for r in _REACTIONS if r not in s.said] or _REACTIONS), link=False)


def beat(s, mood, percent):
    """Sometimes, how the hero feels."""
    if s.rng.chance(percent):
        s.say(*_BEATS[mood])
