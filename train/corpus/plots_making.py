"""Plots in which something is made: built, cooked, grown, painted, rolled out of snow."""

from .story import plot

BUILDS = [
    ("tree house", "boards and nails", "up in the {tree}", "child animal", "look out over the garden"),
    ("sand castle", "wet sand and shells", "on the beach", "child", "play king and queen"),
    ("little boat", "wood and rope", "by the pond", "child animal robot", "sail to the other side"),
    ("bridge", "sticks and stones", "over the stream", "animal child robot", "walk across with dry feet"),
    ("tower of blocks", "blocks of all colors", "in the playroom", "child toy robot", "touch the lamp"),
    ("snow house", "blocks of snow", "in the yard", "child animal", "drink hot cocoa inside"),
    ("bird house", "an old box and some nails", "in the garden", "child robot animal", "hear the birds sing in spring"),
    ("tent", "a blanket and four chairs", "in the [playroom|yard]", "child toy", "tell stories inside"),
    ("wagon", "a box and four wheels", "in the shed", "child robot animal", "ride down the hill"),
    ("den", "branches and moss", "in the woods", "animal child", "sit inside when it rained"),
]
FALLS = ["the wind came and blew it over", "it leaned to the left and fell down", "a big dog ran right through it",
    "one side was too heavy, and it broke",
         "there was a crack, and down it came", "it shook, and then it fell on {A.ns} foot",
         "the rain washed half of it away", "{A.n} sneezed, and it all fell down"]




@plot("building")
def building(s):
    """It falls down, each time for another reason; each time they learn; somebody brings what was missing."""
    s.they = "B"
    rng = s.rng
    s.env["it"], s.env["stuff"], s.env["where"], _, s.env["use"] = rng.pick([b for b in BUILDS
        if s.hero.kind in b[3].split()])
    s.friend()
    together = rng.chance(60)
    if s.env["it"] == "snow house":
        s.weather = "snowy"
    s.open(mate="B" if together else None, love=["to build things", "to make things", "to work with wood"] if rng.chance(50)
        else None)
    s.say("{oneday}{A} wanted to build a {it} {where}.", "{oneday}{A} had a plan: {A.he} would build a {it} {where}.",
          "{oneday}{A} and {B.n} began to build a {it} {where}." if together
          else "{oneday}{A} began to build a {it} {where}.")
    s.speak("A", "It will be the best {it} in the world!", "We can {use}!" if together else "Then I can {use}!",
            "First we need {stuff}." if together else "First I need {stuff}.", mood="excited")
    s.say("{A} [found|collected|carried] {stuff}.", "There was {stuff} in the shed."
          if "blocks of snow" not in s.env["stuff"] and "sticks" not in s.env["stuff"] and "branches" not in s.env["stuff"] and "sand" not in s.env["stuff"]
          else "{A} [brought|found] {stuff} and began.",
          "{A} worked with {stuff}.")
    s.beat("work", 50)
    falls = rng.sample([f for f in FALLS if "rain" not in f or s.env["where"] not in ("in the playroom", "in the shed")],
        rng.pick((1, 2)))
    if "playroom" in s.env["where"] or s.env["where"] == "in the shed":
        falls = rng.sample([f for f in FALLS if "wind" not in f and "rain" not in f], len(falls))
    s.env["fall"] = falls[0]
    s.say("But {fall}.", "[It was almost done|It looked good]. But then {fall}.", "Oh no! {suddenly} {fall}.")
    s.beat("sad", 50)
    if len(falls) == 2:
        s.env["fall"] = falls[1]
        s.say("{A} started again[, and this time more slowly|]. It was better, but {fall}.",
              "{A} tried once more. This time {fall}.")
        s.speak("A", "I give up!", "It will never work!", "Why does it always fall?", mood="cross")
    s.par()
    end = rng.below(4)
    if end == 0 and not together:
        s.say("{B} came by and [looked at it|saw the mess].")
        s.speak("B", "You need four strong feet at the bottom.", "The big pieces must be at the bottom.",
                "One must hold it while the other one works.", mood="kind", to="A")
    elif end == 0 or end == 1:
        s.speak("B", "The bottom is too small. / Let us make it wide.", "Let us look how it fell, and then we know more.",
                "It fell because we were too fast.", "Do not give up. / We know now what does not work.", mood="kind",
                to="A")
        s.maybe(60, "{A} [thought about it|nodded]. That was true.")
    elif end == 2:
        s.say("{A} looked at a [spider|bird|beaver] at work. It [put one thread after another|made its nest bit by bit|did not rush]."
              if not s.weather else "{A} sat down and thought. Then {A.he} saw what was wrong: the bottom was too small.")
        s.speak("A", "I know how to do it now!", "Slowly! / That is the trick.", mood="excited", to="B")
    else:
        s.kin()
        s.say("{K} came with [a hammer|a cup of {drink}|some rope]. {K.he} did not do it for {A.o}, but {K.he} showed {A.o} how.")
    s.say("So {A} began [again|once more], [from the bottom up|piece by piece|{slowly}]. {B} [held|pushed], and {A} [tied|built|worked].",
          "Now {A} and {B.n} worked together. {A} [did|took] [one side|the top|the left side], and {B} [did|took] the [other|rest].")
    s.say("{atlast} the {it} [was done|was ready|stood]. It did not [shake|fall].", "And this time, the {it} [held|stood]!",
          "{atlast} it was done, and it was [strong|fine|even better than the plan].")
    s.beat("joy", 60)
    s.close(["Now they could {use}, and they did[ so every day|].", "It was a bit crooked, but they could {use}.",
            "They put a small flag on it and were {proud}.", "That evening, they sat there and shared {treats}."
            if s.hero.kind in ("child", "animal") else "Everyone came to look at it."],
            ["If it falls, build it again.", "Each mistake shows us how to do it better.", "Many hands make it easy."], "B")


@plot("cooking", "child animal")
def cooking(s):
    """A dish for somebody; something goes wrong with it; it is saved in one of several ways."""
    s.they = "K"
    rng = s.rng
    s.env["dish"], s.env["into"], s.env["wrong"], result = rng.pick((
        ("soup", "carrots, peas, and onions", "salt", "It was so salty that {A.ns} [tongue curled|eyes watered]"),
        ("pancakes", "flour, milk, and eggs", "pepper", "{A} had to [sneeze|sneeze three times]"),
        ("a birthday cake", "flour, butter, and eggs", "salt", "One bite, and {A} [made a face|spat it out]"), ("jam",
        "{fruits} and sugar", "flour", "It was as thick as [glue|mud]"),
        ("bread", "flour and water", "soap powder", "Big bubbles came out of the [bowl|oven]"), ("porridge", "oats and milk",
        "vinegar", "It tasted [sour|very strange]"),
        ("apple pie", "apples and flour", "mustard", "It was as hot as fire")))
    s.kin("K")
    s.friend()
    s.open(love=["to cook", "to bake", "to help in the kitchen"] if rng.chance(60) else None)
    s.env["who"] = rng.pick(("{K.n} was tired", "it was {K.ns} birthday", "{B.n} was coming to visit",
        "{K.n} had worked all day"))
    s.env["B"].known = True
    s.say("{oneday}{who}, so {A} wanted to make {dish}.", "{oneday}{A} wanted to make {dish}, for {who}.")
    s.speak("A", "I can do it alone!", "I have seen it many times.", "It will be a surprise!", "How hard can it be?",
            mood="happy")
    s.scene(False, 30)
    s.say("{A} put {into} into a [big |blue |deep |]{pan} and stirred[| and hummed| with both hands].",
          "First {A} took {into}. {A.he} [stirred|mixed] it all [with a long spoon|in a {pan}|until {A.his} arm hurt].",
          "Into the {pan} went {into}. {A} [stirred and stirred|stirred and sang|mixed it well].")
    s.say("Then {A} took what {A.he} thought was [sugar|salt|baking powder]. But it was {wrong}!",
          "Then {A} [reached for|took] the wrong [jar|box|bag]. It was {wrong}!" if s.env["dish"] not in ("soup",)
          else "Then {A} put in some salt, and some more, and some more.",
          "Only [a little|some] [sugar|milk|honey] was missing. But {A} [took|put in|added] {wrong} by mistake."
          if s.env["dish"] != "soup" else "{A} put in salt. Then {A.he} forgot and put in salt again.")
    s.say("{A} tasted it. " + result + "!", result + ".")
    s.speak("A", "Oh no! / What have I done?", "Nobody can eat this!", "It tastes awful!", mood="sad")
    s.maybe(45, "There was [flour|a mess] on the floor, on the [chair|wall], and on {A.ns} nose.",
        "The kitchen looked as if [a storm had come|ten pigs had cooked] there.")
    s.par()
    end = rng.below(3)
    if end == 0:
        s.say("{B} knocked at the door and saw it all.", "Just then {B} came in and sniffed.")
        s.speak("B", "My grandma says that you can start again.", "We will do it together. / I read, and you stir.",
                "Let us write names on the jars first.", mood="kind", to="A")
        s.say("{A} and {B.n} [washed the {pan}|cleaned up] and began again, {slowly}. {B} read each word, and {A} [looked twice|tasted each time].")
    elif end == 1:
        s.say("{K} [came in|stood in the door] and looked at the mess. {A} wanted to hide.")
        s.speak("K", "I once put soap into the soup.", "My first one was worse. / Come, I will show you.",
                "That can happen to anyone.", "Every good cook has done that.", mood="happy", to="A")
        s.say("{A} had to laugh. They [put on their aprons|rolled up their sleeves] and made it together.")
    else:
        s.beat("think", 70)
        s.say("{A} [cleaned the kitchen|washed the {pan}] and tried again. This time {A.he} [smelled|tasted] everything first.",
              "{A} threw it out and started from the beginning. Now {A.he} [read the words on [every|each] jar|looked into every jar first|asked {K.o} about each jar].")
    s.say("{soon} the [kitchen|house|whole street] smelled [wonderful|so good].",
          "This time it [was just right|smelled like a feast|tasted as it should], and {A} [tasted it twice|danced around the table|set the table].")
    s.say("{K} sat down [at the table|by the window], took a [bite|taste], and [closed {K.his} eyes|smiled|did not say a word for a while].",
          "{K} ate [two|three] big plates of it.")
    s.speak("K", "This is the best {dish} of my life!" if not s.env["dish"].startswith("a ")
            else "This is the best cake of my life!", "Who made this? / It is so good!", "Is there more?", mood="happy",
            to="A")
    s.close(["{A} was {proud}, even with flour on {A.his} nose.",
            "After that, {A} cooked every [Sunday|week], and always tasted first.",
            "Nobody ever asked about the first [pot|bowl]. Only {A} and the [cat|birds] knew."],
            ["Look twice and stir once.", "Even a good cook makes mistakes.", "What is made with love tastes good."], "K")


@plot("plant", "child animal robot")
def plant(s):
    """A seed; nothing comes; trouble (dry, snail, cold, too much water); care; it grows and gives."""
    rng = s.rng
    s.env["seed"], s.env["grown"] = rng.pick((("bean", "a bean plant as high as the roof"), ("pumpkin seed",
        "a big orange pumpkin"), ("apple seed", "a little apple tree"), ("sunflower seed",
        "a sunflower with a face like the sun"), ("carrot seed", "one long, sweet carrot"), ("tulip bulb",
        "a {color} tulip"), ("cherry stone", "a small tree with white flowers"), ("strawberry plant",
        "a bowl full of strawberries")))
    s.kin() if rng.chance(50) else s.stranger("K")
    s.open(love=["to work in the garden", "all green things", "to dig"] if rng.chance(50) else None)
    s.say("{oneday}{K} gave {A.o} a {seed}.", "{oneday}{A} found a {seed} [on the path|in an old box|in {A.his} pocket].",
          "{oneday}{A} got a {seed} from {K.o}.")
    s.env["K"].known = True
    s.speak("A", "It is so small! / Will it grow?", "What will it be?", "I will plant it.",
            "How can it be a plant? / It looks like a stone." if s.env["seed"] != "strawberry plant"
            else "How long will it take?", mood="plain", to="K")
    s.say("{A} [dug|made|scratched] a [small|deep|round] hole in the [garden|ground|soft earth|flower bed] and [put|laid|dropped] the {seed} in. Then {A.he} [gave it water|watered it|poured some water on it|patted the earth with one hand].",
          "{A} [put|planted] the {seed} [in|into] a [pot|jar|box|tin] [with|full of] [dark|good|soft|black] earth and [set|stood|put] it [in the sun|on the window sill|by the window|near the door].",
          "{A} [chose|found] a [sunny|good|warm] [spot|place|corner] [by the wall|near the gate|behind the house], and [there|that was where] the {seed} went into the [ground|earth].")
    s.say("{A} looked [every day|in the morning and at night|ten times a day]. [Nothing came|There was only earth|Nothing moved|It was just brown earth].",
          "One day [passed|went by], then two, then [five|seven|nine]. [Nothing came up|The earth was still bare|There was no sign of the {seed}].",
          "{A} [waited and waited|waited for a week|waited, rain or shine]. But [the earth stayed brown|nothing came up|the {seed} was still asleep].")
    s.maybe(60, "\"Are you asleep down there?\" {A} asked.",
        "\"Hello, little one,\" {A} said to the earth. \"Please come out.\"",
        "{A} sang to it, but it [kept still|did not hear].")
    s.say("Then, [one morning|after a warm rain|one fine day], {A} [saw|found] a [tiny|small] green [leaf|tip|shoot]!",
          "{atlast} something green [peeked out|came up|looked at {A.n}].")
    s.beat("joy", 60)
    s.par()
    trouble = rng.below(4)
    if trouble == 0:
        s.say("But then [it got very hot|the summer was hot|came many hot days], and [no rain fell|the ground was dry|there was no rain]. The leaves [hung down|turned yellow|began to droop].")
        s.say("{A} [carried|brought] [cool |fresh |]water from the [well|stream|pond|house], one [cup|bucket|can|jug] at a time.",
              "[Every|Each] [morning|evening], {A} [carried|brought] a [full |big |]can of water [down the path|from the well|from the house].")
        s.beat("work", 80)
    elif trouble == 1:
        s.say("But one night, a [snail|rabbit|hungry bug|fat caterpillar] came and ate [two leaves|half of it|a big piece of it].",
              "But one morning, there were [holes|bites] in the leaves. A [fat |little |]snail sat there with a [full tummy|happy face].")
        s.say("{A} [did not hurt it|was not mean to it|was cross, but only for a moment]. {A.he} [carried|took] the [little thief|hungry guest|small one] to [the meadow|the other end of the garden|the grass by the fence] and [gave it [some grass|a leaf|clover]|told it to eat there|said, \"Here is your own table.\"|let it go].")
    elif trouble == 2:
        s.say("{A} wanted it to grow [faster|big and tall|more quickly], so {A.he} [gave it water ten times a day|gave it a [whole|full|big] bucket of water|poured water on it day and night|let the water run and run]. [Soon it|The poor plant|The {seed}|In no time it] stood in a puddle and [looked sick|hung its head|turned pale].")
        s.speak("K", "Too much is as bad as too little.", "You gave it too much.", "Plants need air, too.",
                "It has had enough to drink.", "Leave it in peace for a while.",
                "A plant must also rest.", "It is drowning. / Let the sun help.", mood="kind", to="A")
        s.say("{A} [waited|left it alone] [for three days|for a few days|until the earth was dry], and that was [hard|not easy]. Then the leaves [stood up|were green|looked fresh] again.")
    else:
        s.say("Then a [storm|wild storm|big wind] came, and [the wind|it] bent the [little plant|stem] [down to the ground|this way and that way].",
              "One night it [got|was] very cold, and {A} could not sleep[, for the little plant was out there|].")
        s.say("{A} [ran|went] out and put [a box|an old hat|a basket|a big pot] over it[ and waited| and stayed there|] until [morning came|it was over|the sun came].",
              "{A} tied [it|the stem] to a [stick|strong stick|pole] with a [ribbon|piece of string|shoe lace|strip of cloth], {softly}.")
    s.say("[Week after week|Day by day|After that], it grew, first to {A.ns} [toes|ankles|knees] and then [to {A.his} nose|to {A.his} chin|higher and higher].",
          "It grew [and grew|a little every day|and got strong]. {A} [took care of it|looked after it|sat with it|talked to it] [in sun and rain|in wind and sun|in all kinds of weather|before breakfast|after supper].")
    s.say("In the end, there was {grown}.", "By the [end of summer|fall|time the days got short], {A} had {grown}.",
          "And what [came of it|did {A.n} have in the end|was it]? It was {grown}!")
    s.close(["{A} shared it with [everyone|{K.n}|the neighbors] and kept one seed for the next year."
            if "tree" not in s.env["grown"] and "tulip" not in s.env["grown"]
            else "{A} sat down next to it and told it a story.",
             "{K} looked at it and said, \"You [have good hands|took good care of it].\"",
             "\"Thank you for not giving up,\" {A} told it."],
            ["With care, small things grow big.", "Good things grow slowly.", "A little water every day makes a garden."],
            "K")


@plot("painting", "child animal robot toy")
def painting(s):
    """A picture for a contest or a wall; a blot spoils it; the blot becomes the best part."""
    s.they = "B"
    rng = s.rng
    s.friend()
    s.kin()
    s.env["pic"], s.env["blot"] = rng.pick((("a house with a garden", "a big tree"), ("the sea", "a whale"),
        ("{A.his} family", "a fat, happy cat"), ("the blue sky", "a balloon"), ("a field of flowers", "a {bug}"),
        ("a horse", "a brown puddle in which the horse could splash"), ("a night with stars", "a dark, round owl"),
        ("a street with many houses", "a bus")))
    s.env["blot"] = s.env["blot"].replace("{bug}", rng.pick(("bee", "beetle", "butterfly", "snail", "cricket")))
    s.open(love=["to paint", "to draw", "colors", "to paint with big brushes"])
    s.say("{oneday}there was a contest for the best picture.", "{oneday}{A} wanted to paint a picture for {K.o}.",
          "{oneday}the wall in the hall was empty, and {A} wanted to paint a picture for it.")
    s.say("{A} took {A.his} paints and began to paint {pic}.",
          "{A} [wanted to paint|chose to paint|thought of] {pic}. {A.he} [mixed the colors|made the first lines|took the big brush] {slowly}.")
    s.scene(False, 30)
    s.beat("work", 50)
    s.say("It was almost [done|ready]. [It was the best picture {A.he} had ever made|{A} was {proud} of it].",
          "It looked so {nice}! Only one [corner|spot|cloud] was still [white|missing].",
          "{B} came to watch and said that it was {nice}.")
    s.say("{suddenly} [the brush slipped|a cup of paint fell over|the cat jumped on the table|{A.n} sneezed], and a big {color} spot fell on the picture.",
          "But [the paint ran|a drop fell from {A.ns} brush|{A} bumped the table|{A.ns} sleeve got wet], and there was a big {color} spot [in the middle|right on top|at the bottom].")
    s.beat("sad", 60)
    s.speak("A", "It is ruined!", "All my work was for nothing!", "Now I must throw it away.", mood="sad", to="B")
    s.par()
    s.say("{A} wanted to [tear it up|throw it into the bin]. But {B} held {A.his} hand.",
          "{A} tried to wipe it off, but the spot only got bigger.", "{A} put the picture on the floor and turned away.")
    s.speak("B", "Wait. / What does the spot look like?", "Turn it around. / Do you see what I see?",
            "It looks like something. / Look again.", mood="kind", to="A")
    s.say("{A} looked [at it|again] with {A.his} head to one side. {A.he} looked for a long time.",
          "First {A} saw just a spot. Then {A.he} [looked closer|closed one eye].")
    s.speak("A", "It could be {blot}!", "I see {blot}!", "That is not a spot. / That is {blot}!", mood="excited", to="B")
    s.say("{A} took a small brush and [painted|added] [two eyes|a few lines|some white dots]. Now it was really {blot}.",
          "With [three|a few|some] [small|quick|thin] lines, {A} [made the spot into|turned the spot into] {blot}.")
    s.say("{K} [came to see it|looked at it for a long time] and laughed with joy. \"[That is the best part|How did you think of that|I have never seen such a thing|How clever you are]!\" {K.he} said.",
          "[Everybody|{K}] liked that part best.")
    s.close(["{A} [smiled|winked] at {B.o}. It was their secret.",
            "The picture got a [prize|golden frame|place on the wall], and [under it stood two names|{A} and {B.n} had cake|{B} was as glad as {A.n}].",
            "After that, {A} was not afraid of spots anymore."],
            ["A mistake can be the start of something good.", "Look twice before you give up.",
            "Not every spot is a mistake."], "B")


@plot("snowman", "child animal")
def snowman(s):
    """Snow, a snowman, and the sun that comes too early (or a cold snowman, or a nose that gets eaten)."""
    s.they = "B"
    rng = s.rng
    s.weather = "snowy"
    s.friend()
    s.open(mate="B" if rng.chance(50) else None, love=["snow", "winter", "to play in the snow"])
    s.say("{oneday}[everything was white|the whole yard was white|snow lay on every roof].",
          "{oneday}{A} found the [whole street|whole yard|garden] under [thick |deep |]snow.",
          "{oneday}{A} looked out and saw snow [everywhere|on all the trees].")
    s.speak("A", "Snow! Let us go out!", "Let us make a snowman!", "Come out! / It is all white!", mood="excited", to="B")
    s.say("{A} and {B.n} [rolled|made] [one|a] [big|fat] ball, [then a smaller one, and then a head|a second one, and a round head|and then two more].",
          "{A} and {B.n} rolled the snow until their hands were cold.",
          "{B} came out, too. {A} [pushed|rolled] [a ball of snow|the snow] [up and down the yard|from tree to tree], and it got [bigger and bigger|as big as a wheel|too heavy to move].")
    s.say("{B} gave the snowman [two stones|two buttons|two nuts] for eyes, and {A} gave him [a carrot|a long carrot|a pine cone] for a nose and {A.his} own [hat|scarf].",
          "{A} [brought|found] two [stones|buttons|nuts] for the eyes, and {B} brought a [carrot|long carrot] for the nose.",
          "The snowman got a [carrot|long carrot] for a nose, [a [pot|bucket|basket] for a hat, and {A.ns} {color} scarf|{A.ns} old hat, and {B.ns} {color} scarf|{B.ns} old hat, and a mouth of [nuts|stones|berries]].")
    s.maybe(60, "{A} called him [Mister Snow|Old Frost|Big Bob|Mister White].",
        "He looked [very kind|a bit cold|like {A.ns} grandpa|like a king|as if he could talk].")
    s.par()
    end = rng.below(4)
    if end == 0:
        s.say("But [the next day|a week later|soon], the sun [was warm|came out]. Drip, [drop|drip, drip]! The snowman got [smaller|thinner][| and smaller| every hour].",
              "Then it got [warm|warmer], and water ran down the snowman's [face|nose|back]. [It looked as if he cried|{A} saw it and was {sad}|It was like tears].")
        s.beat("sad", 70)
        s.speak("A", "Do not go!", "He will be gone soon!", "We must help him!", mood="sad", to="B")
        s.say("They [put|held] [an umbrella|a big hat|a blanket] over him and [packed|put] [new|fresh] snow on his [feet|head|arms], but the sun was [stronger|faster].")
        s.speak("B", "He will come back next [winter|year].",
                "He is going to the [sea|river]. / Then he will be [a cloud, and then snow|rain, and then snow].",
                "Now he [waters the flowers|gives the grass a drink].", mood="kind", to="A")
        endings = ["{A} kept his [buttons|hat] safe in a drawer until the next winter.",
            "Where he had stood, the first {flower} came up in spring."]
    elif end == 1:
        s.say("In the morning, [his nose|the carrot] was gone! {A} saw [small|tiny] tracks in the snow.",
              "When {A} [came back|looked again][| after lunch| an hour later], the carrot was gone. [Who had taken it|Where was it|Who could it be]?")
        s.say("{A} followed the tracks to a [hole|bush|fence|pile of wood|hollow tree]. There sat a [thin|small|cold|gray] [little |]rabbit with the [carrot|rest of the carrot] [in its paws|in its mouth]."
              if s.env["A"].noun != "rabbit"
              else "They followed the tracks to a bush. There sat a thin deer with the carrot in its mouth.")
        s.speak("B", "It is hungry.", "Winter is hard for the little ones.", "It needs the nose more than he does.",
                mood="kind", to="A")
        s.say("{A} [ran home|got a basket|went to the kitchen] and [brought|came back with] [more carrots|three more carrots|a bag of carrots][ and hay| and some apples| and a cabbage|].")
        endings = ["{A} gave the snowman a [stick|pine cone|stone|nut] for a nose, and he did not mind[ at all|].",
            "After that, they fed the hungry ones every day until spring."]
    elif end == 2:
        s.say("[It was getting|It got] dark, and {A} and {B.n} could not find the way home[ from the woods| from the hill|]. [Snow fell and fell|The snow fell thick and fast].",
              "[Then|Later,] {A} and {B.n} went for a walk. [Thick|Heavy] snow [fell|began to fall], and they could not see the [house|path] anymore.")
        s.beat("scared", 70)
        s.say("{suddenly} {A} saw [something {color}|a {color} scarf|a dark hat] [in the wind|through the snow]. It was their snowman!",
              "{B} pointed. There stood [their|the] snowman with [one arm out|his arm up|his big hat]!")
        s.say("From there it was only [ten|a few|twenty] steps to [the door|the gate|{A.ns} door].",
              "Now {A} knew [the way|where they were], and [soon|in a moment] they were at the door.")
        endings = ["\"Thank you,\" {A} told him, and it seemed that he smiled.",
            "In the warm kitchen {A} and {B.n} [drank {drink}|ate soup] and waved at him through the window."]
    else:
        s.say("But then {A} and {B.n} began to fight. {A} wanted to call him [Frost|Mister Ice], and {B} wanted to call him [Bob|Old Tom|Snowy].",
              "But both [of them|{A.n} and {B.n}] wanted to put on the hat. {A} pulled [on the left|hard|at one end], {B} pulled [on the right|harder|at the other], and the snowman's [head|arm|nose] fell [off|down]!")
        s.say("{suddenly} a [big|huge] [lump|pile] of snow fell from the [tree|roof|{tree}], right on [both of them|{A.n} and {B.n}].",
              "{A} threw [a ball of |some |]snow, and {B} threw [it back|some, too]. [Soon|After a while] nobody knew why.")
        s.say("{A} and {B.n} looked like two [more |]snowmen[| with red noses] and had to laugh.",
              "{A} laughed first, and then {B} [laughed|giggled], too.")
        endings = ["So they made a second one, and now each of them had a snowman.",
            "They fixed him together, and [in the end he had two names|he had two names from then on]."]
    s.close(endings, ["Nothing lasts forever, but it comes again." if end == 0 else "It is good to help in the cold."
            if end == 1 else "Snow is best with a friend.", "[Winter|Cold] days are warm with a friend."], "B")
