"""Plots about things and animals that are lost, stuck or far away, and how they come back."""

from .cast import pet
from .story import plot
from .world import Character, Thing

# where one looks at home, and what is there instead
SPOTS = ["under the [bed|table|chair|stairs]", "behind the [door|curtain|sofa]", "in the [toy box|cupboard|basket|drawer]",
         "on the [shelf|window sill|top shelf]", "in the [kitchen|hall|attic]", "under the [pillow|rug|blanket]"]
INSTEAD = ["only dust", "an old sock", "a sleeping cat", "a broken crayon", "one brown button", "a lost spoon",
    "a pile of books",
           "a very small spider", "nothing but a leaf", "a paper hat", "some crumbs", "an empty box"]

# where it was, why, and what a thing must be like for that
LOST_HOME = [
    ("in the [wash|washing] basket, under a [towel|shirt]", "{K} had [put it there|taken it] by mistake", "soft"),
    ("inside {A.ns} own [boot|bag|coat pocket]", "it had been [there|with {A.him}] all the time", "small"),
    ("[behind the big clock|under the piano|beneath the stove]", "it had rolled there [all by itself|in the night]",
    "rolls"),
    ("in the [cat's|dog's|puppy's] bed", "the [little pet|furry thief] had [wanted a friend|liked it too]", ""),
    ("in the garden, [under a bush|next to the gate|by the well]",
    "it had been left there [after the last game|the day before]", ""),
    ("in the [little brother's|baby's] cot", "the baby had [held it|hugged it] all night", "soft"),
    ("on the [roof of the shed|branch of a tree]", "a [crow|magpie] had carried it away[ because it was so shiny|]",
    "small"),
]


@plot("lost_thing")
def lost_thing(s):
    """The hero loses a thing, looks in the wrong places, thinks, and finds it."""
    rng = s.rng
    thing = s.treasure()
    s.world.own(thing, s.hero)
    s.kin()
    s.open()
    s.say("{A} had {T.a}. It was {A.his} favorite thing[| in the whole house| in the world].",
          "{A} [always|often] played with {T.a}. It was a gift from {K.o}.",
          "{A} [loved|liked] {T.a} very much. It was old, but it was {A.his} [best|dearest] thing.",
          "{A.s} favorite thing was {T.a}. {A.he} took it [everywhere|to bed every night].")
    s.say("{oneday}{A} [wanted|went] to get {T}, but it was [gone|not there|not in its place].",
          "{oneday}{T} was gone[|. {A} could not find it anywhere].", "But {oneday}{A} could not find {T}[ anywhere|].")
    s.world.put(thing, s.hero)
    s.speak("A", "Oh no! / Where is my {T.n}?", "Where can it be?", "My {T.n} is [gone|lost]! / Who has seen it?",
            "I had it yesterday. / Where did I put it?", mood="sad")
    spots, found = rng.sample(SPOTS, rng.pick((1, 2, 2, 3))), rng.sample(INSTEAD, 3)
    for number, spot in enumerate(spots):
        s.env["spot"], s.env["instead"] = spot, found[number]
        s.say("{A} looked {spot}, but there was {instead}.", "{then} {A} looked {spot}. There was {instead}[ there|].",
              "{A} [peeked|searched] {spot}. No {T.n}, just {instead}." if not found[number].startswith(("only", "nothing"))
              else "{A} [peeked|searched] {spot}. It was not there.",
              "It was not {spot}. There {A} found {instead}." if not found[number].startswith(("only", "nothing"))
              else "It was not {spot}.")
    if rng.chance(60):
        s.speak("K", "[Stop and think.|Close your eyes and think.] / Where did you play [last|yesterday]?",
                "When you rush, you do not see. / Let us look slowly.", "Do not cry. / We will look together.",
                "Think back, step by step. / What did you do [yesterday|this morning]?", mood="kind", to="A")
        s.say("{A} [closed {A.his} eyes|sat down] and [thought hard|thought and thought].",
              "{A} [thought about it|tried to remember].")
    else:
        s.say("{A} sat down and [cried a little|was sad].", "{A} was {sad}[|, but did not give up].",
              "{A} wanted to give up, but {T} was too dear.")
        s.say("{suddenly} {A} [had an idea|remembered something].", "Then {A} [heard a small sound|saw something move].")
    s.env["there"], s.env["why"], _ = rng.pick([row for row in LOST_HOME if row[2] in thing.tags])
    s.say("[There it was|And there it was], {there}[!|.]", "{A} [found|saw] {T} {there}[!|.]",
          "{A} [looked|ran to look] one more time. There it was, {there}!")
    s.world.holder[thing] = s.hero
    s.say("{why}.", "Now {A} understood: {why}.", "You see, {why}.")
    s.say("{A} [hugged|held] {T} tight[| and danced around the room].", "{A} was {happy}[ and laughed|].",
          "{A} laughed [out loud|until {A.his} sides hurt].")
    s.close(["From then on, {A} [always put {T} back in its place|kept {T} in a safe place|looked after {T} well].",
             "That night, {T} [was back next to {A.o}|lay safe by {A.s} bed], and all was well.",
             "{A} told {K.o} [the whole story|everything], and they laughed together."],
            ["When you lose something, [stop and think|do not give up too soon].",
            "It is good to put things back in their place.",
             "Things often hide where we forget to look."])


@plot("lost_pet", "child")
def lost_pet(s):
    """A pet is gone; calls, signs and tracks lead to it, and why it went decides how it ends."""
    rng = s.rng
    s.env["P"] = animal = pet(rng, "she" if s.hero.he == "he" else "he")
    s.env["pet"] = animal.noun
    s.kin()
    s.open(love=["to play with animals", "all animals", "to care for animals"])
    s.say("{A} had a [white|brown|black|gray|spotted|fat|young] {pet} named {P.n}.",
          "{A.s} best friend was a {small} {pet}. Its name was {P.n}.",
          "{A} had a {pet}, and the {pet} was called {P.n}.")
    s.maybe(50, "[Each|Every] morning, {P.n} [woke {A.o} up|waited at the door|wanted to play].",
            "{P.n} [followed {A.o} everywhere|slept on {A.s} bed|liked to sit in the sun].")
    s.say("{oneday}the gate was open, and {P.n} was [gone|not there].",
          "{oneday}{A} came home, but {P.n} did not [come|come to the door].",
          "{oneday}{A} could not find {P.n} [anywhere|in the house].")
    s.speak("A", "{P.n}! {P.n}! / Where are you?", "{P.n} is [gone|lost]! / We must find {P.him}!", "{P.n}, come back!",
            mood="loud")
    signs = rng.sample(["{A} looked in the [yard|garden|shed], but {P.n} was not there.",
                        "{A} put {P.ns} bowl on the step, but only a [bird|bug|cat from next door] came.",
                        "{A} asked [the neighbor|the mail carrier|the baker], but [nobody had|no one had] seen {P.n}.",
                        "{A} drew a picture of {P.n} and put it on [a tree|the fence|the gate].",
                        "{A} called and called until {A.his} voice was [small|tired|gone].",
                        "{A} and {K.n} walked [up and down the street|to the park and back], but they did not see {P.n}."],
                        2)
    for sign in signs[:rng.pick((1, 2))]:
        s.say(sign)
    s.say("It [was getting|began to get] [dark|late|cold]. {A} was {sad}.",
          "{A} felt {sad}. The house was so [quiet|empty] without {P.n}.")
    s.maybe(60, "{K.n} [hugged|held] {A.o}. \"[We will find {P.him}|Do not give up|Let us look once more],\" {K.he} said.")
    end = rng.below(4)
    s.par()
    s.say("{suddenly} {A} [heard|could hear] a [small|tiny|soft|sad] sound[| far away].",
          "Then {A} saw [small tracks|little paw prints] in the [mud|grass|sand].",
          "{suddenly} {A} [stopped|listened]. What was that?")
    if end == 0:
        s.say("{P.n} was up in a [tree|tall tree] and [could not get down|did not dare to come down].")
        s.say("{K.n} [got|brought] a ladder, and {A} [climbed up|reached out] and [took|carried] {P.n} down.")
    elif end == 1:
        s.say("{P.n} was in a deep hole and could not [get|climb] out.")
        s.say("{A} lay down and [reached in with both arms|pulled {P.him} out {slowly}].")
    elif end == 2:
        s.say("Behind the [barn|shed|fence], {P.n} sat [next to|with] a {small} [baby bird|kitten|duckling] that was [lost|all alone|cold].",
              "{P.n} was under a bush. {P.he} was keeping a {small} [bird|kitten|mouse] warm.")
        s.speak("A", "You did not run away. / You were helping!", "Oh, {P.n}! / You found a friend!",
                "Good {pet}! / You wanted to help.", mood="happy", to="P")
    else:
        s.say("{P.n} was in the [neighbor's|farmer's|old] [shed|barn|garden]. The door had [closed|shut] behind {P.him}.")
        s.say("{A} opened the door, and {P.n} [ran|jumped] right into {A.his} arms.")
    s.say("{A} [hugged|kissed|held] {P.n} and [cried a little, but this time for joy|did not let go|laughed].",
          "{P.n} was [cold|dirty|muddy|hungry], but [safe|well].")
    endings = ["{A} [fixed|closed|checked] the gate[ so that it would not open again| with care|]. {P.n} was home.",
               "That night, {P.n} slept [on|next to] {A.s} bed, and {A} [slept|smiled] too.",
               "At home, {P.n} got a [big|warm|good] supper and a soft [bed|blanket]."]
    if end == 2:
        endings = ["{A} took the [little one|baby] home, too, and gave it [food|milk|a name] and a warm [box|bed|corner]."]
    s.close(endings, ["A friend is worth a long search.", "Never give up on a friend.",
            "Love helps us look a little longer."], "P")


@plot("way_home", "child animal robot")
def way_home(s):
    """The hero meets somebody small who is lost, and brings them home by what they remember."""
    s.they, s.strange = "S", True
    rng = s.rng
    noun, home, parent = rng.pick([("duckling", "pond", "mother duck"), ("baby bird", "nest", "mother bird"), ("baby rabbit",
        "burrow", "mother rabbit"),
                                   ("little lamb", "farm", "mother sheep"), ("baby turtle", "lake", "mother turtle"),
                                   ("baby squirrel", "hollow tree", "mother squirrel"), ("baby bee", "hive", "queen bee"),
                                   ("little mouse", "barn", "mother mouse"), ("baby frog", "pond", "big green frog"),
                                   ("baby hedgehog", "nest of leaves", "mother hedgehog")])
    s.env["S"] = Character("the " + noun, "she" if s.hero.he == "he" else "he", "animal", noun, first="a " + noun,
        voc="little one")
    s.env["hom"], s.env["par"] = home, parent
    s.place("park", "meadow", "forest", "field", "lane")
    s.open(love=["long walks", "to walk in the woods", "to look at animals"] if rng.chance(50) else None)
    s.say("{oneday}{A} [went|walked] {P.to}. There {A.he} [saw|found|met] {S.o}.",
          "{oneday}{A} was {P.at} when {A.he} heard somebody cry. It was {S.o}.",
          "{oneday}{S} sat {P.at}, all alone. {A.n} [saw {S.him}|came by].")
    s.world.go("P", s.hero)
    s.speak("A", "Why are you crying?", "What is wrong[|, little one]?", "Are you lost?", "Hello. / Where is your mother?",
            mood="kind", to="S")
    s.speak("S", "I cannot find my way home.", "I am lost. / I want to go [home|to my mother].",
            "I ran after a {bug}, and now I am lost.",
            "I played too far away. / Now I do not know the way.", mood="sad", to="A")
    s.speak("A", "I will help you. / What do you remember?", "We will find it. / What is near your home?",
            "Come with me. / What did you [see|pass] on [the|your] way?", mood="kind", to="S")
    marks = rng.sample(["a [tall|crooked|big] tree with [red|yellow] leaves", "a white [gate|fence]",
        "a stone that looks like a [bear|loaf of bread|hat]",
                        "a little wooden bridge", "a field of {flower}s", "an old [red|blue] cart", "the sound of water",
                        "the smell of [mint|bread|pine trees]"], 2)
    s.env["m1"], s.env["m2"] = marks
    s.speak("S", "I remember {m1}.", "There was {m1}, I think.", "Near my home there is {m1}.", "First there was {m1}.",
            mood="plain", to="A")
    s.par()
    s.say("{A} and {S.n} walked [and walked|for an hour|hand in hand]. {atlast} they [found|came to] {m1}.",
          "So {A} [went to look|led the way]. [Soon|Before long|After a while] they [found|came to] {m1}.",
          "They went [over the hill|down the path|through the bushes|along the fence], and there {A} [saw|found] {m1}.")
    wrong = rng.chance(50)
    if wrong:
        s.say("But {A} took the wrong [path|turn] and came to a [high wall|muddy ditch|dark wood|locked gate]. They had to [go|turn] back.",
              "They went left, but there was only [mud|a high fence|tall grass], so they turned around.")
        s.maybe(60, "{A} [held|took] {S.ns} [hand|paw] so that {S.he} would not be {scared}."
            if "bird" not in noun and "duck" not in noun
                else "{A} [sang|hummed] a little song so that {S.n} would not be {scared}.")
    s.speak("S", "Look, {m2}! / I know this place!", "I see {m2}! / We are [close|almost there]!",
            "There is {m2}, too! / This is the right way!", mood="excited", to="A")
    s.say("And there was the {hom}. The {par} [was waiting|had looked everywhere|ran to meet {A.n} and {S.n}|was calling and calling].",
          "[Behind it|A few steps on|Just around the bend] was the {hom}, and the {par} [came out|ran up] with a [cry of joy|happy shout|loud cry|happy hop].")
    s.say("The {par} [hugged|kissed|washed] {S.o} [again and again|and thanked {A.n}|from head to toe].",
          "\"Thank you for [bringing my little one home|your help|your kind heart],\" [said the {par}|the {par} told {A.n}].",
          "\"You are [so|very] kind,\" the {par} told {A.n}.")
    s.close(["{S.n} waved until {A} was out of sight.", "[Now|From then on] {A} had a new friend at the {hom}.",
            "{A} walked home [alone|in the evening sun], and {A.his} heart was [warm|light|full].",
             "The next day, {S.n} came to visit, and this time {S.he} knew the way."],
            ["Even small steps lead home.", "If you help somebody who is lost, you find a friend.",
            "Look well, and you will find the way."], "S")


@plot("stuck_kite", "child animal robot")
def stuck_kite(s):
    """A thing is caught up high; tries fail, each in its own way; the last one fits."""
    s.they = "B"
    rng = s.rng
    s.env["T"] = thing = Thing(*rng.pick((("kite", "{color}"), ("kite", "long"), ("ball", "{color}"), ("hat", "{color}"),
        ("balloon", "{color}"), ("paper plane", "white"))))
    thing.adj = rng.pick(("red", "blue", "yellow", "green", "new", "big")) if "{" in thing.adj else thing.adj
    s.weather = "windy"
    s.friend()
    s.place("park", "meadow", "hill", "field", "garden")
    s.world.own(thing, s.hero)
    mate = rng.chance(55)
    s.open(mate="B" if mate else None, love=["to fly kites", "windy days", "to run in the wind"])
    s.say("{oneday}{A} took {T.a} {P.to}.", "{oneday}{A} went {P.to} with {T.a}.",
          "{oneday}{A} and {B.n} played with {T.a} {P.at}.")
    s.world.go("P", s.hero)
    s.say("[A strong wind came|The wind blew hard|Whoosh! The wind came], and {T} [flew|went] up into [a tree|a tall tree|the top of a tree].",
          "{suddenly} the wind [took|caught] {T} and [blew|threw] it into a {tree}.")
    s.world.put(thing, s.hero)
    s.say("It was stuck[, high up| between two branches|. {A} could not reach it].",
          "It hung there, high above {A.ns} head.")
    s.speak("A", "Oh no! / My {T.n}!", "How can I get it down?", "It is too high!", mood="sad")
    tries = rng.sample(["{A} jumped as high as {A.he} could, but {A.his} arms were too short.",
        "{A} threw a [stick|pine cone|shoe], but the [stick|throw] missed and fell [into a bush|on {A.his} own head].",
                        "{A} shook the tree. [Leaves|Nuts|Three leaves] fell down, but not {T}.",
                        "{A} tried to climb, but the bark was too [wet|smooth], and {A.he} slid back down.",
                        "{A} [asked|begged] the wind to blow again. It blew, but {T} did not move.",
                        "{A} stood on a [box|stone|log], but it was still too far."], rng.pick((1, 2, 2, 3)))
    tries = [t.replace("[stick|throw] missed", "throw missed") for t in tries]
    for number, attempt in enumerate(tries):
        s.say(["First, ", "Then ", "After that, "][number] + attempt if rng.chance(60) else attempt)
    s.par()
    how = rng.below(4)
    if how == 0:
        s.say("{B} [came|ran] to help. \"[Get on my back|Climb on my back|I will lift you up],\" {B} said.",
              "{B} had an idea. \"[Stand on my back|Together we are tall]!\" {B} said.")
        s.say("Together they were [tall enough|just tall enough]. {A} [got hold of|reached] {T} and [pulled it free|pulled {softly}].")
    elif how == 1:
        s.say("{then} {B} [came by|came along] with a long [stick|broom|pole].")
        s.say("They pushed {T} [from below|with it], a little to the left and a little to the right. {atlast} it [fell|came down].")
    elif how == 2:
        s.say("A {bird} sat in the tree. {A} [asked|called], \"Can you help [me|us], please?\"",
              "{suddenly} a {bird} [landed|sat down] next to {T}.")
        s.say("The bird [pulled|picked] at it with its beak, and {T} [fell|came] down.",
              "The bird gave it a [push|little push], and down it came.")
    else:
        s.say("{B} said, \"Let us wait. [The wind is strong, but it gets tired|The wind will help us].\"",
              "\"We must be patient,\" said {B.n}. \"[Let us sit down and wait|The wind took it. The wind can bring it back].\"")
        s.say("{A} sat under the tree and [told a story|ate {fruits}|sang|looked at the clouds]. Then the wind [turned|came back], and {T} [came|fell|sailed] down[| all by itself| right into {B.ns} arms].")
    s.world.take(thing, s.hero)
    s.say("{A} was {happy}. \"Thank you!\" {A.he} [said|called|cried].",
          "\"[Hooray|We did it|It is free]!\" {A} [cried|shouted|cheered].")
    s.close(["They [flew|played] until the sun went down, [but far away from the trees|and the tree kept no more toys].",
             "There was a small hole in {T}, but {A} [did not mind|fixed it with tape].",
             "After that, {A} [always looked for trees first|played where there were no trees]."] if thing.noun != "balloon"
             else
            ["{A} tied {T} to {A.his} hand, so that it could not fly away again."],
            ["What one cannot reach, two can.", "If one way does not work, try another.", "Friends make you taller."], "B"
            if how != 2 or mate else None)


@plot("boat_away", "child animal toy")
def boat_away(s):
    """A little boat goes down the stream; the hero follows, and it comes back changed, or stays with another."""
    rng = s.rng
    s.env["T"] = thing = Thing(rng.pick(("boat", "toy boat", "sailboat")), rng.pick(("red", "blue", "white", "green",
        "wooden", "yellow")))
    s.world.own(thing, s.hero)
    s.friend()
    s.open(love=["to play by the water", "boats", "to make boats"])
    s.say("{oneday}{A} made {T.a} [with a leaf for a sail|with a paper sail|all alone].",
          "{oneday}{A} took {T.a} to the [stream|river].",
          "{oneday}{A.s} dad gave {A.o} {T.a}." if s.hero.kind == "child" else "{oneday}{A} found {T.a} in the grass.")
    s.world.go("stream", s.hero)
    s.say("{A} put it on the water[|, and it floated]. It [rocked|turned|sailed] in the sun.",
          "It floated [well|like a duck], and {A} [clapped|cheered].")
    s.world.put(thing, s.hero)
    s.say("But the water was [quick|fast|wild|strong]. It took {T} [away|down the stream].",
          "{suddenly} the water [pulled|carried] {T} away.",
          "Then a wave came, and {T} [sailed|went] off [alone|on its own].")
    s.speak("A", "Stop! Come back!", "Wait for me, little boat!", "Oh no, my {T.n}!", mood="loud")
    s.say("{A} ran along the [bank|water].", "{A} ran after it {quickly}.")
    steps = rng.sample(["It went under a bridge, and {A} [ran over|waited on the other side].",
        "It [bumped|hit] a [stone|root|log], turned [around|twice], and sailed on.",
                        "It went past [three|some] ducks, and [the ducks were surprised|they said quack|{A} called hello].",
                        "It got stuck in the [reeds|grass], but just as {A} [reached out|came close], it was free again.",
                        "A [frog|bug] jumped on it and [had a ride|sat there like a captain|looked back at {A.n}].",
                        "It went down a little waterfall, and {A} held {A.his} breath. It did not sink."], rng.pick((2, 2,
                        3)))
    for step in steps:
        s.say(step)
    s.par()
    end = rng.below(3)
    if end == 0:
        s.say("{atlast} it came to a [quiet|still] pond. {B} was [fishing|sitting] there and [caught|picked up] {T}.",
              "[At the end of the stream|Where the stream was wide], {B} stood in the water and [caught|stopped] {T}.")
        s.speak("B", "Is this yours?", "What a fine boat! / Did you make it?", "I [caught|saved] it for you.", mood="kind",
                to="A")
        s.say("{B} gave it back, and {A} was {happy}.", "{A} [thanked|hugged] {B.o} and took {T}.")
        endings = ["The next day, {A} and {B.n} made a second boat, and [the two boats sailed side by side|{B} called it Star|they had a race].",
            "{A} tied a [long |]string to {T}. Now it could [sail and still come home|go far and come back|not get lost]."]
    elif end == 1:
        s.say("{atlast} {A} had an idea. {A.he} [laid|put] a long branch over the [narrow part of the stream|water], and {T} [stopped|bumped into it].",
              "{A} ran ahead of it, [sat down on a stone|lay down on a small bridge], and waited. When {T} came, {A.he} [caught|grabbed] it.")
        s.say("It was wet, but it was [not broken|whole].", "{A} [shook|dried] it and [laughed|smiled].")
        endings = ["{A} tied a [long |]string to {T}. Now it could [sail and still come home|go far and come back|not get lost]."]
    else:
        s.say("It sailed on, out to the [big lake|wide sea], and {A} could not follow.",
              "The stream became a [big|wide] river. {T} was too far away now.")
        s.say("{A} [was sad|stood still] for a while. Then {A.he} waved.", "{A} watched until it was only a small dot.")
        s.speak("A", "Good luck, little boat!", "Have a good trip! / See the world for me.", "Sail well, my friend.",
                mood="kind")
        endings = ["[A week|A month|Ten days] later, [a [letter|card] came|{A} got a [letter|card]]. \"I found your {T.n},\" it said. \"It [is safe with me|made me smile|sails on my pond now].\"",
                   "[Far away|Down by the sea], {B} found {T} in the sand and was {happy}.",
                   "At home, {A} made a new boat, and this one was even better."]
    s.close(endings, ["Some things must be free to sail.", "What you let go may make another one glad."] if end == 2 else
            ["A little string saves a lot of running.", "Hold on to what you love."], "B" if end == 0 else None)


@plot("treasure_map", "child animal")
def treasure_map(s):
    """A map leads from one sign to the next; a mistake on the way; the treasure is not what they thought."""
    s.they = "B"
    rng = s.rng
    s.friend()
    s.kin(labels=("grandma", "grandpa"))
    s.open(mate="B", love=["to look for treasure", "maps", "to hear stories of pirates"])
    s.say("{oneday}{A} found an old map in [a bottle|the attic|a book|a box].",
          "{oneday}{A} and {B.n} found a map [under a stone|in an old chest|behind a picture].",
          "{oneday}{K.n} gave {A.o} an old map.", **{})
    s.speak("B", "It shows a treasure!", "Look, there is a red cross on it!", "A treasure map! / Let us find it!",
            mood="excited", to="A")
    signs = rng.sample([("ten steps from the {tree}",
        "{A} counted [ten|the] steps, but they came out in a [puddle|bush|ditch]. [Their steps were too big|{B} had to laugh]."),
                        ("over the little bridge", "The bridge was [shaky|old|thin], so {A} [held {B.ns} hand|went first]."),
                        ("past the well", "There they [drank some water|looked down and saw their faces]."),
                        ("around the [big|old] rock", "They went around it twice, for {B.n} had held the map upside down."),
                        ("through the tall grass", "The grass was taller than {A.o}, and it tickled."),
                        ("to the crooked tree", "An owl sat in it and looked at {A.n} with [big|yellow] eyes."),
                        ("up the small hill", "They had to stop and rest.")], rng.pick((2, 3)))
    for number, (way, trouble) in enumerate(signs):
        s.env["way"] = way
        if number == 0:
            s.say("First, the map led them {way}.", "The first sign sent them {way}.", "They had to go {way}[ first|].")
        else:
            s.say("Then they had to go {way}.", "{then} the way went {way}.", "The map said to go {way}.")
        s.maybe(75, trouble)
    s.par()
    s.say("{atlast} {A} [found|saw] the cross. It was [made of two sticks|painted on a stone|cut into a tree].",
          "And there it was[|, right under {A.ns} feet]: a [red|white] cross on [a stone|the ground|a tree]!")
    s.say("{A} [dug|scratched] with [both hands|a spoon|a stick|a flat stone] until [they|{B}] hit a [small |wooden |tin ]box.",
          "{A} and {B.n} [dug|dug and dug|took turns]. {suddenly} there was a [box|chest|small box].")
    s.speak("A", "Is it gold?", "I hope it is full of [gold|jewels]!", "Open it, {B.n}!", mood="excited", to="B")
    what, why = rng.pick([("marbles in all colors.",
        "[Long ago, they had been {K.ns}|They were old and dear, for {K} had played with them once]."),
                          ('{treats} and a note. The note said, "Well done! Love, {K.n}."', ""),
                          ("old pictures. [On one of them was {K.n} as a child|One showed {K.n} on a horse|One showed the old house].",
                          ""),
                          ("seeds in a bag. They were for a garden full of {flower}s.", ""),
                          ("a whistle, a top, and a {small} drum.",
                          "[All of it had been {K.ns}, long ago|Those were {K.ns} old toys].")])
    s.say("There was no gold [in it|for {A.n}]. It was full of " + what if not why
          else "There was no gold. There was only " + what
          if what.startswith("a ") else "There was no gold, but there were " + what, "Inside they found " + what)
    if why:
        s.say(why)
    s.close(["{A} and {B.n} [thought it was better than gold|liked it more than gold].",
            "They ran home and hugged {K.o}. {K} [laughed and laughed|only winked].",
             "They shared [everything|it all], one for you and one for me.",
             "Then {A} and {B.n} hid a treasure of their own[ for somebody else to find| and drew a new map]."],
            ["The best treasure is a day with a friend.", "Not all treasure is gold."], "B")
