"""Plots about things and animals that are lost or stuck, and how they come back."""

from .story import plot
from .world import Character, Thing

# where one looks at home, and what is there instead
FIRST_SPOTS = ["under the [bed|table|chair]", "in the [toy box|cupboard|drawer]", "on the shelf"]
NEXT_SPOTS = ["behind the [door|stove]", "in the [kitchen|hall]", "under the blanket"]
INSTEAD = [
    "an old sock", "a sleeping cat", "a paper hat", "an empty box", "a little spider", "a broken toy",
]

# where it was, why, and what a thing must be like for that
FOUND = [
    ("in {A.his} own [bag|pocket]", "it had been there all the time", "small"),
    ("behind the big clock", "it had rolled there in the night", "rolls"),
    ("in the garden, under a bush", "{A} had played there the day before", ""),
    ("in the baby's bed", "the baby liked it, too", ""),
    ("next to the gate", "{A} had dropped it there", ""),
]


@plot("lost_thing", open="thing")
def lost_thing(s):
    """The hero loses a thing, looks in the wrong places, thinks, and finds it."""
    rng = s.rng
    thing = s.treasure()
    s.world.own(thing, s.hero)
    s.kin()
    s.lost = "lost"
    s.open(own="T")
    s.perhaps_rain()
    if not s.told_of(thing):
        s.say("{A} had {T.a}. It was {A.his} favorite thing.", "{A.s} favorite thing was {T.a}.", "{A} had {T.a} from {K.o}.",
              "{A} had {T.a} and took it everywhere.")
    s.say("{oneday}{A} wanted to play with {T}, but it was gone.", "{oneday}{A} could not find {T}.", "But {oneday}{T} was gone.")
    s.world.put(thing, s.hero)
    s.speak("A", "Where is my {T.n}?", "My {T.n} is gone!", "I cannot find my {T.n}. / Where can it be?",
            "Who has seen my {T.n}?", mood="sad", to="K")
    found = rng.sample(INSTEAD, 2)
    s.env["spot"], s.env["instead"] = rng.pick(FIRST_SPOTS), found[0]
    s.say("{A} looked {spot}, but {T} was not there.", "{A} looked {spot}. There was {instead}, but no {T.n}.")
    if rng.chance(50):
        s.env["spot"], s.env["instead"] = rng.pick(NEXT_SPOTS), found[1]
        s.say("{then} {A} looked {spot}, but there was only {instead}.", "{A} looked {spot}, too, and found only {instead}.")
    s.beat("sad", 50)
    s.par()
    if rng.chance(60):
        s.speak("K", "Do not cry. / Where did you play with it?", "Stop and think. / Where did you see it last?",
                "We will look together. / Think back.", mood="kind", to="A")
        s.beat("think", 100)
    else:
        s.event("again", "K")
    s.env["there"], s.env["why"], _ = rng.pick([row for row in FOUND if row[2] in thing.tags])
    s.say("And there it was, {there}!", "{atlast} {A} found {T} {there}!", "{suddenly} {A} saw {T} {there}!")
    s.world.take(thing, s.hero)
    s.say("{why}.", "Now {A} understood: {why}.", "You see, {why}.")
    s.say("{A} held {T} tight.", "{A} was {happy} and held {T} tight.", "{A} ran to {K.o} with {T}.")
    s.close(["From then on, {A} always put {T} back in its place.", "That night, {T} lay next to {A.ns} bed.",
             "{A} told {K.o} everything, and they laughed together.", "{A} never lost {T} again."],
            ["If you lose something, stop and think.", "Put your things back in their place."])


@plot("found_thing", open="thing place")
def found_thing(s):
    """The hero finds a thing, asks whose it is, and gives it back."""
    rng = s.rng
    thing = s.treasure()
    s.place()
    s.friend()
    s.lost = "lost"
    s.open()
    s.say("{oneday}{A} found {T.a} {P.at}.", "{oneday}{A} went {P.to} and found {T.a}.", "{oneday}{A} saw {T.a} {P.at}.",
          "{oneday}{A} was {P.at}. There was {T.a} in the grass.")
    s.world.go("P", s.hero)
    s.world.lay(thing, "P")
    s.world.take(thing, s.hero)
    s.speak("A", "What a {nice} {T.n}!", "Look, a {T.n}!", "Whose {T.n} is this?", "I want to keep it!", mood="happy")
    s.say("{A} played with {T} all morning.", "{A} wanted to keep {T}.", "{A} took {T} home.", "{A} put {T} in a bag.")
    s.say("But then {A.he} thought of the one who had lost it.", "But somebody had lost {T}. {A} thought about it.",
          "But it was not {A.his} {T.n}.")
    s.speak("A", "Somebody is looking for it.", "I must find out whose it is.", "Who has lost a {T.n}?", mood="plain")
    s.stranger()
    s.say("{A} asked {S.o}, but it was not {S.his} {T.n}.", "First {A} asked {S.o}. {S.he} shook {S.his} head.")
    s.par()
    s.say("Then {A} saw {B.o}. {B.he} was {sad} and looked for something.", "Then {A} met {B.o}, who was close to tears.",
          "{suddenly} {A} heard somebody cry. It was {B.n}.")
    s.speak("B", "I have lost my {T.n}.", "My {T.n} is gone!", "Have you seen my {T.n}?", mood="sad", to="A")
    s.speak("A", "Is this your {T.n}?", "Here is your {T.n}!", "I found your {T.n}!", mood="happy", to="B")
    s.world.go("P", s.env["B"])
    s.world.give(thing, s.hero, s.env["B"])
    s.event("moved", "B", 50)
    s.line("thanks", "B", to="A")
    s.close(["{B} let {A.o} play with {T} every day.", "From then on, {A.n} and {B.n} played with {T} together.",
             "{A} had no {T.n} now, but {A.he} was {happy}."],
            ["Give back what you find.", "It feels good to give."], "B")


@plot("lost_pet", "child", open="pet")
def lost_pet(s):
    """A pet is gone; a search, a sound, and why it could not come home."""
    rng = s.rng
    animal = s.pet()
    s.env["pet"] = animal.noun
    s.kin()
    s.open(love=["to play with animals", "all animals"])
    s.say("{A} had a [white|brown|black|gray|small] {pet} named {P.n}.", "{A.s} best friend was a {small} {pet} named {P.n}.")
    s.say("{oneday}the gate was open, and {P.n} was gone.", "{oneday}{A} came home, but {P.n} was not there.",
          "{oneday}{A} could not find {P.n}.")
    s.speak("A", "{P.n}! / Where are you?", "{P.n} is gone! / We must find {P.him}!", "{P.n}, come back!", mood="loud")
    s.say("{A} put out some food, but only a {bird} came.", "{A} called and called, but {P.n} did not come.")
    s.say("{A} looked in the [yard|garden|shed], but {P.n} was not there.",
          "{A} asked the [baker|farmer|gardener], but nobody had seen {P.n}.")
    s.beat("sad", 60)
    s.line("comfort", "K", to="A") if rng.chance(60) else None
    s.par()
    s.say("{suddenly} {A} heard a small sound.", "Then {A} saw little tracks in the [mud|grass|sand].",
          "{suddenly} {A} stopped. What was that?", "{A} listened. Was that {P.n}?")
    s.say(*rng.pick((("{P.n} was up in a tree and could not get down. {K.n} brought a ladder, and {A} carried {P.him} down.",
                      "{P.n} sat in a tall tree. {A} climbed up and carried {P.him} down."),
                     ("{P.n} was in a deep hole and could not get out. {A} pulled {P.him} out {slowly}.",
                      "{P.n} was in a hole. {A} lay down and pulled {P.him} out {slowly}."),
                     ("{P.n} sat under a bush with a {small} [bird|mouse|duckling]. It was lost, and {P.he} kept it warm.",
                      "Behind the [shed|fence], {P.n} sat with a {small} [bird|mouse|duckling] that was lost."),
                     ("{P.n} was in the [old shed|barn], and the door was shut. {A} opened it, and {P.n} ran into {A.his} arms.",
                      "{P.n} was in the farmer's [barn|garden]. {A} opened the gate, and {P.n} ran into {A.his} arms."))))
    s.say("{A} held {P.n} tight and cried for joy.", "{P.n} was cold and hungry, but safe.", "{A} hugged {P.n} for a long time.")
    s.close(["{A} shut the gate well, and {P.n} was home.", "That night, {P.n} slept on {A.ns} bed.",
             "At home, {A} gave {P.n} a big supper and a warm blanket."],
            ["Never give up on a friend.", "A friend is worth a long search."])


LITTLE_ONES = [
    ("duckling", "pond", "mother duck"),
    ("baby rabbit", "hole", "mother rabbit"),
    ("little mouse", "barn", "mother mouse"),
    ("baby fox", "cave", "mother fox"),
]
MARKS = [
    "a tree with [red|yellow] leaves", "a [white|green] gate", "a stone like a [bear|hat]", "a field of {flowers}",
    "a red roof", "a tall lamp", "a blue door", "a round window",
]


@plot("way_home", open="place")
def way_home(s):
    """The hero meets somebody small who is lost, and brings them home by what they remember."""
    s.they, s.strange = "S", True
    rng = s.rng
    noun, s.env["hom"], s.env["par"] = rng.pick(LITTLE_ONES)
    s.env["S"] = Character("the " + noun, "she" if s.hero.he == "he" else "he", "animal", noun, first="a " + noun,
                           voc="little one")
    s.place("park", "meadow", "forest", "field")
    s.open(love=["long walks", "to walk in the woods"] if rng.chance(30) else None)
    s.say("{oneday}{A} went {P.to}. There {A.he} saw {S.o}.", "{oneday}{A} was {P.at} and heard somebody cry. It was {S.o}.",
          "{oneday}{A} met {S.o} {P.at}. {S.he} was all alone.")
    s.world.go("P", s.hero)
    s.speak("A", "Why are you crying?", "What is wrong?", "Are you lost?", "Hello! / Where is your mother?", mood="kind")
    s.speak("S", "I cannot find my way home.", "I am lost. / I want to go home.", "I am lost. / I want my mother.",
            "I played too far from home.", mood="sad")
    s.env["m1"], s.env["m2"] = rng.sample(MARKS, 2)
    s.speak("A", "Do not cry. / What did you see on the way?", "I will help you. / What do you remember?",
            "We will find a way. / What is near your home?", mood="kind")
    s.speak("S", "There was {m1}.", "I remember {m1}.", "I saw {m1}.", "There was {m1}, and then {m2}.",
            "First I saw {m2}. / Then I saw {m1}.", mood="plain")
    s.par()
    s.say("{A.n} and {S.n} walked and came to {m1}.", "So {A} went to look. {soon} {A.he} found {m1}.",
          "{A.n} and {S.n} went over the hill, and there was {m1}.")
    if rng.chance(15):
        s.say("But {A} took the wrong path, and they had to go back.", "But then {A} did not know the way. {A.he} had to think.",
              "But then {A} saw a high wall. They had to go around it.")
    s.speak("S", "Look, {m2}! / I know this place!", "I see {m2}! / That is the way!", "There is {m2}! / We are close!",
            mood="excited")
    s.say("And there was the {hom}. The {par} ran up to {A.o}.", "{soon} {A} saw the {hom}. The {par} was waiting there.",
          "{A} looked up, and there was the {hom} with the {par}.",
          "Behind it was the {hom}, and the {par} cried for joy.")
    s.say("\"Thank you for your help,\" the {par} said to {A.n}.", "The {par} kissed {S.o} and thanked {A.o}.",
          "The {par} hugged {S.o}, and then {S.n} hugged {A.o}.",
          "\"You are so kind,\" the {par} said to {A.n}.")
    s.close(["{S.n} waved until {A} was out of sight.", "From then on, {A} had a new friend at the {hom}.",
             "The next day, {A} went to see {S.o} again."],
            ["Help somebody, and you find a friend.", "Even small steps lead home."], "S")


@plot("stuck_kite", open="thing place")
def stuck_kite(s):
    """A thing is caught up high; tries fail; a friend knows what to do."""
    s.they, s.weather = "B", "windy"
    rng = s.rng
    thing = s.treasure(nouns=("kite", "kite", "ball", "hat", "balloon"),
                       adjectives=("red", "blue", "yellow", "green", "white", "new", "big"))
    s.friend()
    s.place("park", "meadow", "hill", "field", "garden")
    s.world.own(thing, s.hero)
    s.open(mate="B" if rng.chance(50) else None, love=["windy days", "to run in the wind", "to play outside"], own="T")
    s.say("{oneday}{A} took {T.a} {P.to}.", "{oneday}{A} went {P.to} with {T.a}.", "{oneday}{A} played with {T.a} {P.at}.")
    s.world.go("P", s.hero)
    s.say("A strong wind came, and {T} flew up into a {tree}.", "{suddenly} the wind took {T} and blew it into a {tree}.")
    s.world.put(thing, s.hero)
    s.say("It was stuck, and {A} could not reach it.", "It was too high for {A.o}.",
          "There it was stuck, high above {A.ns} head.")
    s.speak("A", "Oh no! / My {T.n}!", "My {T.n} is stuck!", "How can I get my {T.n} down?", mood="sad", to="B" if s.paired
            else None)
    s.say("{A} jumped as high as {A.he} could.", "{A} blew at it.", "{A} shook the tree.")
    s.say("But it did not work.", "But {A.he} was too small.")
    if rng.chance(50):
        s.say("{A} threw a stick at it.", "{A} tried to climb the tree.", "{A} stood on a [box|stone].")
        s.say("But {T} did not move.", "That did not help.")
    s.beat("sad", 40)
    s.par()
    if not s.paired:
        s.event("comes")
    s.line("offer", "B", to="A")
    s.say(*rng.pick((["{A} climbed on {B.ns} back. Now they were tall enough, and {A} reached {T}.",
                      "{B} stood under the tree, and {A} stood on {B.ns} back. {A.he} pulled {T} down {slowly}."],
                     ["{B} found a long stick. {A} pushed with it, and {T} fell down.",
                      "{B} came back with a long stick. Together {A.n} and {B.n} pushed, and {T} fell down."],
                     ["{B} asked a {bird} for help. It pulled, and {T} fell down in front of {A.o}."],
                     ["{A.n} and {B.n} sat down and waited. Then the wind turned, and {T} fell down in front of {A.o}."])))
    s.world.take(thing, s.hero)
    s.line(*rng.pick((("glee", "A"), ("thanks", "A", "B"))))
    s.close(["They played until the sun went down, but far away from the trees.",
             "There was a small hole in {T}, but {A} did not mind.",
             "After that, {A} always looked for trees first.", "Now {A} held {T} very tight."],
            ["What one cannot reach, two can.", "If one way does not work, try another."], "B")
