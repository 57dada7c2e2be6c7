"""Plots of every day: rain, a cold, noises at night, a messy room."""

from .story import plot

PLANS = [("go on a picnic", "the basket [was packed|stood by the door|was full]", "child animal"), ("fly a kite",
    "the kite [lay|stood] by the door", "child"), ("go to the [zoo|fair]", "the shoes were on", "child"),
         ("have a party in the garden", "the [table|cake] stood under the tree", "child animal toy"),
         ("go swimming in the lake", "[the towels were [in the bag|on the chair|packed]|{A} had the towels under one arm]",
         "child animal"),
         ("climb the big hill", "the [sandwiches|boots] were ready", "child animal"), ("sleep in a tent",
         "the tent stood in the yard", "child"), ("play ball in the field", "all the others were waiting",
         "child animal robot"),
         ("ride in the red wagon", "the wagon was clean and ready", "child animal robot toy")]




@plot("rain")
def rain(s):
    """Rain spoils the plan; a grey hour; something else is found indoors or in the rain itself."""
    s.they = "B"
    rng = s.rng
    s.env["plan"], s.env["ready"], _ = rng.pick([p for p in PLANS if s.hero.kind in p[2].split()])
    s.friend()
    s.kin() if rng.chance(50) else s.friend("K", role="cousin")
    while s.env["K"].name[0] == s.env["B"].name[0]:
        s.friend()
    mate = rng.chance(40)
    s.open(mate="B" if mate else None, morning=False)
    s.say("{oneday}{A} and {B.n} wanted to {plan}, and {ready}.", "{oneday}{A} wanted to {plan} with {B.o}. {ready}."
          if not s.paired else "{oneday}they wanted to {plan}. {ready}.",
          "For days, {A} and {B.n} had wanted to {plan}. Now {ready}.")
    s.say("But then a [big|fat|black], [dark|heavy] cloud came[| over the hill| from the west]. [Plip, plop|Drip, drop]! It [began to rain|rained].",
          "Then it [began to rain|started to rain]. It rained [and rained|on the trees and on the roofs|like a waterfall].",
          "But when {A} looked up, the sky was [gray|dark]. A [big |cold |]drop fell on {A.ns} [nose|hand|head].")
    s.speak("A", "Go away, rain!", "Our whole day is spoiled!", "It is not fair!", "Why must it rain today?", mood="cross",
            to="B")
    s.say("{B} was {sad}, too. {A} and {B.n} [sat by the window|looked at the drops on the glass|stood at the door].",
          "{A} and {B.n} ran into the house with wet [hair|feet|faces]." if s.hero.kind == "child"
          else "They ran inside and shook off the water." if s.hero.kind == "animal" else "They hurried inside.")
    s.beat("sad", 50)
    s.par()
    end = rng.below(5)
    if end == 0:
        s.speak("B", "We can do it in here!", "Let us do it inside!", "Who says we must be outside?", mood="excited", to="A")
        s.say("{A} put a [green|blue|big] blanket on the floor and said it was the [grass|sea|lake].",
              "They [moved|pushed] the [chairs|table|sofa] [and made room|to the wall]. The lamp was the [sun|moon].")
        s.say("{A} [brought|got] {treats}, and a toy frog had to be a real one." if s.hero.kind in ("child", "animal")
              else "{A} drew a yellow sun and put it on the wall.",
              "When {A} [closed {A.his} eyes|looked at {B.o}], {A.he} could [smell|almost feel|hear] the summer.")
        endings = ["It was the best day they ever had indoors.", "When the rain stopped, they did not even notice."]
    elif end == 1 and s.hero.kind in ("child", "animal"):
        s.say("{then} {A} saw a duck in the yard. It danced in the rain and looked so {happy}." if s.hero.noun != "duck"
              else "{then} {A} saw a frog in the yard. It danced in the rain.")
        s.speak("A", "Why do we sit in here?", "The duck is right! / Let us go out!" if s.hero.noun != "duck"
                else "The frog is right!", "I am not made of sugar!", mood="excited", to="B")
        s.say("They [put on their boots|ran out] and jumped into every puddle. Splash! Splash!",
              "They sailed [leaf boats|nut shells] in the big puddle and got wet to the skin.")
        s.say("Then they drank {drink} by the stove.", "{K} gave them [dry socks|warm towels] and {drink}.")
        endings = ["After that, {A} [liked|loved] rainy days.", "\"I hope it rains tomorrow,\" said {B.n}."]
    elif end == 2:
        s.say("{K} came in with [an old box|a dusty box|a big basket|a bag]. \"I kept this for a [rainy|gray|wet] day,\" {K.he} [said|told {A.n}].")
        s.say("It was full of old [hats|shoes], [coats|scarves|belts], and [masks|bells|feathers]. {soon} {A} was a [king|queen|cook|doctor], and {B} was a [tiger|pirate|clown|bear].",
              "There were puppets in it, old and funny. {A} took the [king|wolf|frog], and {B} took the [witch|goat|donkey].",
              "Inside was a game with small, painted [horses|ships|trains|houses]. {A} was [red|blue], and {B} was [green|yellow].")
        s.say("They played until {A.ns} [tummy|face] hurt from laughing.",
              "{A} and {B.n} put on a show, and {K} [clapped until {K.his} hands were red|wanted to see it twice|laughed so much that {K.he} had to sit down].")
        endings = ["They put the box away for the next rainy day.", "Nobody looked out of the window anymore."]
    elif end == 3:
        s.say("{K} [began to tell|told] a story about [a pirate|a dragon|a lost king|a flying bed|a fox in boots]. The rain on the roof was like [a drum|music|a hundred feet].",
              "{A} listened. The rain played a song on the [roof|window|leaves]: tip, tap, [tip, tap|tap, tip].")
        s.say("{A} [tapped|drummed] along on a [pot|box], and {B} [sang|danced]. {soon} the whole house was full of music.",
              "One story became two, and [two became ten|then {A} told one, and then {B} told one].")
        endings = ["When they were done, the sun was back, and {A} [saw|found] a rainbow over the [hills|roofs|garden|lake].",
            "\"What a fine day,\" said {A.n}, and nobody was surprised."]
    else:
        s.speak("K", "The rain will stop. / Wait and see.", "After rain comes sun.",
                "Let us get ready, and then we will see.", mood="kind", to="A")
        s.say("{A} and {B.n} [baked {treats}|drew pictures of the sun|made paper hats|sang to the sun] and listened to the rain."
              if s.hero.kind in ("child", "animal")
              else "{A} and {B.n} drew [pictures of the sun|a big sun] and listened to the rain.")
        s.say("Slowly the rain [got softer|grew tired]. Then it stopped. {A} ran to the [door|window]. [There was a rainbow|The sun was back|The sky was blue]!",
              "{suddenly} it was quiet. The clouds [opened|went away], and the sun [came out|shone on {A.ns} nose].")
        endings = ["So they went after all, and the whole world was clean and shiny.",
            "{A} and {B.n} did it late, but they did it, with [wet feet|muddy boots] and happy hearts."
            if "robot" != s.hero.kind else "They did it late, but they did it."]
    s.close(endings, ["Every kind of weather can be fun.", "If one plan goes wrong, make another.",
            "Even a gray day has colors."], "B")


@plot("ill", "child animal")
def ill(s):
    """Somebody is ill; the others care, each in their own way; what really helps; thanks come back."""
    rng = s.rng
    s.friend()
    s.kin()
    sick = rng.chance(50)   # the hero is ill, or the friend is
    s.env["X"], s.env["Y"] = ("{A}", "{B}") if sick else ("{B}", "{A}")
    s.open(mate="B" if rng.chance(45) else None, morning=not sick)
    if sick:
        s.say("{oneday}{A} woke up and felt [hot|cold and hot]. {A.ns} [head|throat|tummy] hurt.",
              "{oneday}{A} [sneezed|coughed] and could not stop. {A.his} nose was red." if s.hero.kind == "child"
              else "{oneday}{A} [sneezed|coughed] and could not stop.")
        s.say("{K} put a hand on {A.ns} head. \"You are ill. You must stay in bed,\" {K.he} said.",
              "\"You have to stay in bed today,\" said {K.n}.")
        s.speak("A", "But I want to play!", "How long must I stay in bed?", "It is so boring in bed.", mood="sad", to="K")
        s.say("Outside, the others [laughed|played|ran about]. {A} [could only listen|turned to the wall].",
              "{A} looked at the [wall|ceiling] and counted the [spots|lines].")
        s.par()
        tries = rng.sample(["{K} brought hot soup, but {A} did not want to eat.",
            "{K} read a story, but {A} fell asleep in the middle.",
            "{A} had to take a spoon of [brown|green] medicine. It was so bitter!",
            "{K} put a [cool cloth|soft blanket] on {A.o}.", "A {bird} sat at the window and sang for {A.o}."], 2)
        for t in tries:
            s.say(t)
        s.say("Then there was a knock. {B} [stood|was] outside the window!", "In the afternoon, {B} came to see {A.o}.")
        s.say("{B} could not come in, so {B.he} made [funny faces|a puppet show with two socks|shadows on the wall] at the window.",
              "{B} had brought [a jar of {fruits}|a picture of all the friends|a bell to ring]. \"So that you are not alone,\" {B.he} said.",
              "{B} told {A.o} all that had happened [at school|in the woods] and did not leave out a thing."
              if s.hero.kind == "child" else "{B} told {A.o} all that had happened in the woods.")
        s.say("{A} laughed for the first time that day.", "{A} forgot {A.his} [head|throat|nose] and laughed.",
              "{A} smiled, ate all the soup, and slept well.")
        s.say("[Two|Three] days later, {A} was well again and ran out to {B.o}.", "Soon {A} was well.")
        endings = ["And when {B} was ill the next week, {A} knew just what to do.",
            "\"You were the best medicine,\" {A} told {B.o}.", "{A} [jumped|ran] into the sun. How good it was to be well!"]
    else:
        s.say("{oneday}{B} did not come out to play.", "{oneday}{A} waited for {B.o} at the gate, but {B.he} did not come.")
        s.say("{B} was ill in bed with a [bad cold|sore throat|hot head].",
              "\"{B.n} is ill,\" said {K.n}. \"{B.he} must rest.\"")
        s.speak("A", "I want to help {B.o}.", "What can I do?", "I will make {B.o} well again!", mood="sad", to="K")
        s.say("{A} [picked|brought] some {flower}s, but they made {B.o} sneeze.",
              "{A} came with a drum to cheer {B.o} up, but the noise hurt {B.his} head.",
              "{A} brought a big cake, but {B} could not eat.")
        s.beat("think", 60)
        s.speak("K", "When you are ill, what do you like best?", "A sick friend needs quiet things.",
                "Sit with {B.o}. / That helps the most.", mood="kind", to="A")
        s.par()
        s.say("So {A} made {drink} and [carried it {slowly}|put honey in it].",
              "{A} went back [on soft feet|very quietly] with a warm soup.")
        s.say("{A} sat [next to|by] {B.ns} bed and [read|told] [a story|{B.ns} best story|a long tale] in a soft voice, every day.",
              "{A} held {B.ns} [hand|paw] until {B.he} fell asleep.")
        s.say("[Day by day|Each day], {B} got a little better.",
              "On the [third|fifth] day, {B} sat up and [asked for bread|smiled|looked for {B.his} shoes].")
        s.speak("B", "You stayed with me.", "I am well again! / Thank you.", "You are a good doctor.", mood="happy", to="A")
        endings = ["The first thing they did was to run in the grass, but not too fast.",
            "And when {A} had a cold, guess who came with soup?",
            "{B} gave {A.o} a medal of paper. It said, \"Best friend.\""]
    s.close(endings, ["A friend is the best medicine.", "Small things can make a sick day bright.",
            "It feels good to care for somebody."], "B")


@plot("night_noise")
def night_noise(s):
    """A noise in the night; what might it be; the hero goes and looks."""
    s.they = "B"
    rng = s.rng
    kin = rng.chance(50)
    s.kin("B") if kin else s.friend("B", role=rng.pick(("brother", "cousin")) if s.hero.he == "she" else rng.pick(("sister",
        "cousin")), he="he" if s.hero.he == "she" else "she")
    s.open(morning=False, plain=85)
    s.dated = s.night = True
    s.env["noise"] = rng.pick(("tap, tap, tap", "scratch, scratch", "squeak, squeak", "bump, bump", "whoo, whoo",
        "clack, clack", "drip, drip", "creak, creak"))
    s.say("One night, {A} [woke up|could not sleep]. There was a noise: {noise}!",
          "It was [late|dark] and {A} was in bed. {suddenly} there was a noise. It went {noise}!",
          "In the middle of the night, something went {noise}.")
    s.speak("A", "What was that?", "Who is there?", "Is it a monster?", "Did you hear that?", mood="scared")
    s.beat("scared", 85)
    s.say("{A} pulled the blanket over {A.his} [head|nose]. But there it was again: {noise}!",
          "For [a while|a minute] it was [still|quiet]. Then it came [back|again], [louder than before|a little closer|this time from the other side].",
          "{A} thought of [a wolf with big teeth|a giant|a ghost] and could not move.")
    s.say("{A} [ran|went] to {B.o} and [pulled at the blanket|asked for help].",
          "{A} called {B.o}, and {B} came with a [candle|small lamp].")
    s.speak("B", "Let us go and see.", "Noises are smaller when you look at them.", "I hear it, too. / Take my hand.",
            "Maybe it is more afraid than we are.", mood="kind", to="A")
    s.par()
    s.say("{A} and {B.n} went down the [hall|stairs], step by step. The floor [creaked|was cold|was like ice].",
          "{A} held {B.ns} hand very tight, and they [went|tiptoed] through the dark.")
    s.say("{suddenly} they saw [a long shadow|two bright eyes|something move]!",
          "The noise came from [behind the door|the window|the kitchen|the roof|the corner].")
    s.say("{A} wanted to [run|hide|shout]. But {A.he} [held up the lamp|counted to three and looked|opened the door a little|looked around the corner].",
          "{A} took a deep breath and [looked|turned on the light].")
    what, s.env["do"] = rng.pick((("It was only a {tree} branch that knocked at the window in the wind",
        "{A} waved at it, and it [seemed to wave|waved] back"),
        ("It was a [little|gray|tiny] mouse with a [nut|crust|carrot] that was too big for its hole",
        "{A} [broke|cut] it up, and the mouse took it home [piece by piece|bit by bit]"),
                                 ("It was the neighbor's cat. It was [wet|cold] and wanted to come in",
                                 "{A} dried it with a [towel|scarf], and it began to purr"),
                                 ("It was a baby owl that had flown in and could not get out",
                                 "{A} opened the window wide, and it flew up to its mother"),
                                 ("It was the old water pipe in the [kitchen|cellar|hall]",
                                 "{B} [turned|hit] it, and [the noise stopped|{A} heard no more of it]"),
                                 ("It was a loose [shutter|board|gate] in the wind",
                                 "{B} tied it with a [string|ribbon|rope], and {A} [heard nothing more|listened: all was quiet]"),
                                 ("It was a hedgehog with its head in a [cup|can|jar]",
                                 "{A} pulled it out very carefully, and the little one [ran off|hurried away|sneezed]"),
                                 ("It was a toy that had fallen from the shelf and rolled to and fro",
                                 "{A} put it back and told it to sleep")))
    s.say(what + "!", what + ".")
    s.say("{do}.")
    s.say("They [looked at each other and|both] laughed [until their tummies hurt|out loud].",
          "{A} had to laugh. \"[And I was so afraid|That was the monster|So small, and so loud]!\" {A.he} said.")
    s.close(["{A} went back to bed. When [the wind blew again|something creaked|there was a noise again], {A.he} only [smiled|yawned|turned over] and closed {A.his} eyes.",
            "After that night, {A} [listened|lay there] and thought: who is it this time?",
            "{A} slept until the sun came in at the window.", "{soon} they slept, side by side."],
            ["Things are less scary when you look at them.", "In the dark, small things sound big.",
            "It is easier to be brave with a hand to hold."], "B")


@plot("tidy", "child animal toy")
def tidy(s):
    """The room is a mess; excuses; what the mess does; cleaning brings something to light."""
    rng = s.rng
    s.kin()
    s.friend()
    s.treasure()
    s.open(plain=70)
    s.say("{A.ns} room was a mess. There were [socks|books|toys|hats|cups] [on the floor, on the bed|in the bed, on the chair|under the table, on the window sill], and [on the lamp|even on the lamp|behind the door].",
          "{A} never put {A.his} things away. {oneday}nobody could see the floor anymore." if not s.dated
          else "{A} never put {A.his} things away. Nobody could see the floor anymore.")
    s.dated = True
    s.speak("K", "Please clean up your room.", "How can you find anything in here?", "It is time to put your things away.",
            mood="kind", to="A")
    s.speak("A", "Later! / I am playing.", "But it is good like this.", "There is too much of it!", "Tomorrow, maybe.",
            mood="plain", to="K")
    missing = rng.chance(40)
    if missing:
        s.say("Then {A} wanted {A.his} {T.full}. It was not [on the shelf|in the box]. It was not [under|behind] the [chair|bed].")
    else:
        s.say("{B} came to play, but there was no place to [sit|stand]. {B} [sat|stepped] on something that went [crack|crunch|squeak]!",
              "That night, {A} got up [to drink some water|in the dark] and stepped on a [block|toy]. Ouch!")
    s.maybe(60, "\"[All right|That is enough|Fine],\" said {A.n}. \"I will [clean up|do it now|start].\"",
        "Now {A} had had enough.")
    s.say("At first, {A} pushed [it all|everything] under the bed. But [the bed stood up on one side|there was no room]." ,
          "First {A} [put|threw] it all into the [cupboard|closet|box]. But [the door went pop, and everything fell out again|it did not fit|it all fell on {A.his} head].",
          "{A} wanted to hide it all [under a blanket|behind the curtain]. But it looked like [a mountain|an elephant].",
          "{A} looked at the mess. Where should {A.he} begin?")
    s.speak("K", "One thing at a time.", "Begin with one corner.", "Small steps, dear.",
            "First the [books|cars|socks], then the [blocks|dolls|hats], then the rest.", "Make a game of it.", mood="kind",
            to="A")
    s.par()
    s.say("So {A} began with the [books|blocks|socks], then the [pencils|cars|hats].",
          "{A} counted while {A.he} worked. One [sock|book|block], two [socks|cars|dolls], three [hats|blocks|pencils].",
          "{A} sang [a song|an old song], and each time it ended, one corner was [done|clean].")
    s.maybe(50, "{B} [came to help|helped]. {B} threw, and {A} caught.",
        "{A} played that the [things|toys|socks] were [sheep|hens|fish] that had to go home.")
    if missing:
        s.say("And what was that [behind the shelf|under a pile of shirts|in the last corner]? It was {T}!",
              "Under [the bed|a pile of shirts|the rug], {A} found {T} at last.")
    else:
        s.say("Under [the bed|a pile of shirts|the rug], {A} found [three lost coins|a lost letter|the other red sock|an old, hard cookie].")
    s.say("{atlast} the floor was [clean|free]. There was room to [dance|roll|turn around].",
          "When [it|everything] was done, the room [looked twice as big|was like new|smelled fresh]. {A} [turned around|looked about|danced].")
    s.beat("joy", 60)
    s.say("{K} [stood in the door|came in] and [could not believe it|rubbed {K.his} eyes]. \"[Is this the same room|Am I in the right house|Who did all this]?\" {K.he} asked.",
          "\"[Who lives here|Did a fairy do this]?\" asked {K.n} with a smile.")
    s.close(["Now {A} and {B.n} had room to build a whole town on the floor.",
            "{A} put one thing away every night before bed, and that was easy.",
            "{A} lay down in the middle of the floor and spread out both arms."],
            ["Start small, and big jobs get done.", "A place for each thing saves a long search.",
            "Big jobs are made of small jobs."], "K")
