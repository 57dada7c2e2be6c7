"""Plots in which somebody is made glad: a gift, a surprise, an old thing that works again."""

from .story import plot
from .world import Thing

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




@plot("gift", "child animal robot")
def gift(s):
    """A gift for somebody dear, and no money. What is made by hand is best; or what is given up comes back."""
    rng = s.rng
    s.kin() if rng.chance(60) else s.friend("K")
    s.friend("B")
    s.env["T"] = Thing(rng.pick(("hat", "lamp", "necklace", "teapot", "clock", "scarf", "chair", "coat")),
        rng.pick(("fine", "new", "blue", "golden", "lovely", "beautiful")))
    s.open()
    s.say("It was almost {K.ns} birthday. {A} wanted to give {K.o} {T.a}.",
          "{K.ns} birthday was near, and {A} had seen {T.a} in a shop.",
          "{A} wanted to find a gift for {K.o}. In the shop there was {T.a}.")
    s.dated = True
    s.say("But {A} had only [two|three|four] coins. It was not enough.",
          "But it cost [ten|twenty] coins, and {A} had only [one|two].",
          "{A} counted {A.his} coins. [There were too few|It was not enough|That was too little].")
    s.beat("sad", 70)
    s.par()
    end = rng.below(3)
    if end == 0:
        jobs = rng.sample(["{A} swept the yard for {S.o} and got a coin.",
            "{A} picked {fruits} all morning and sold them at the gate.", "{A} carried bags home from the market.",
            "{A} fed the hens every day and cleaned the barn.",
            "{A} sang in the square, and a few coins fell into {A.his} hat.", "{A} washed the windows of the shop."], 2)
        s.stranger()
        s.speak("A", "I will work for it.", "I can earn the money!", mood="happy")
        for job in jobs:
            s.say(job)
        s.beat("work", 60)
        if rng.chance(50):
            s.say("{atlast} {A} had enough and ran to the shop. {T} was still there!")
            endings = ["{K} [cried a little, because {K.he} was so {happy}|hugged {A.o} for a long time].",
                "\"You worked so hard for me,\" said {K.n} and kissed {A.o}." if s.env["K"].kin
                else "{K} used {T} every day."]
        else:
            s.say("{atlast} {A} had enough and ran to the shop. But {T} was gone!",
                  "But when {A} came to the shop, {T} had been sold.")
            s.say("{A} stood there with the coins in {A.his} hand. Then {A.he} bought {fruits}, candles, and paper and made a [party|little feast].")
            endings = ["\"I did not need {T.a},\" said {K.n}. \"I need you.\"", "{K} said it was the best birthday ever."]
    elif end == 1:
        s.beat("think", 70)
        s.speak("A", "I can make something!", "I will make it by hand!", "I have paper, and I have paint!", mood="excited")
        s.env["make"] = rng.pick(("a little box with shells on it", "a picture of the two of them", "a crown of {flower}s",
            "a song with [two|three] verses", "a cup of clay", "a bird of wood", "a cushion full of soft leaves",
            "a book with ten drawings", "a wind chime out of spoons"))
        s.say("{A} [sat down|went to the shed] and made {make}.",
              "All day, {A} worked behind a closed door. {A} made {make}.")
        s.say("It was not perfect. {A} was not sure if it was good enough.",
              "One side was a little crooked, and {A} [worried|was nervous].", "Once it broke, and {A} had to start again."
              if "song" not in s.env["make"] else "It was hard to find the right words.")
        s.speak("A", "It is only a small thing.", "I made it for you. / I hope you like it.",
                "Happy birthday! / It is from me.", mood="sorry", to="K")
        s.say("{K} [looked at it|held it] for a long time, and {K.his} eyes [shone|were wet]."
              if "song" not in s.env["make"] else "{K} listened with wet eyes.")
        s.speak("K", "This is better than anything from a shop.", "Nobody ever made such a thing for me!",
                "I will keep it forever.", mood="happy", to="A")
        endings = ["{K} gave it the best place [in the house|on the shelf|by the window]." if "song" not in s.env["make"]
            else "{K} sang it every morning.",
            "{A} [was {proud}|beamed], and the [two|three] coins were still in {A.his} pocket."]
    else:
        s.env["N"] = Thing(rng.pick(("ball", "marble", "kite", "drum", "flute", "train")), rng.pick(("best", "dearest",
            "own little")))
        s.say("So {A} sold {A.his} {N.full} to {B.o}, and now there was enough." ,
              "{A} took {A.his} {N.full} and gave it to {B.o} for the rest of the money.")
        s.say("It hurt a bit, but {A} [bought {T}|ran to the shop] and was {happy}.",
              "{A} bought {T} and did not look back.")
        s.say("{K} was {happy}. But {K.he} saw that the {N.n} was gone. \"[Where is it|Where is your {N.n}]?\" {K.he} asked.")
        s.speak("A", "I did not need it so much.", "I liked you more than my {N.n}.", "I gave it away for you.",
                mood="plain", to="K")
        s.say("Then {B} came to the party with a small [box|bag]. Inside was the {N.n}!",
              "The next morning, {A} [found|saw] the {N.n} [in front of the door|on the step|by the gate]. There was a note: \"[A gift for a kind heart|This is yours|For a good friend]. {B.n}.\"")
        endings = ["{A} did not know what to say, so {A.he} hugged them both.",
            "They played with it all day, all three of them."]
    s.close(endings, ["A gift from the heart is the best gift.", "It is not the price that makes a gift dear.",
            "To give makes you glad."], "K")


@plot("repair", "child animal robot toy")
def repair(s):
    """Something old is broken and to be thrown away; the hero finds what is wrong with it, by trying."""
    rng = s.rng
    s.env["T"] = thing = Thing(*rng.pick((("music box", "old"), ("clock", "big"), ("toy train", "red"), ("radio", "old"),
        ("wagon", "green"), ("toy robot", "tin"), ("bicycle", "blue"), ("sewing machine", "black"))))
    s.kin()
    s.open(love=["to fix things", "to look inside things", "to find out how things work"] if rng.chance(60) else None)
    s.say("{oneday}{A} found {T.a} in the [attic|shed|cellar].", "{oneday}{T.a} stopped working.",
          "{oneday}{K} wanted to throw {T.a} away.")
    s.speak("K", "It is broken. / Nobody can fix it.", "It is too old. / It has not worked for years.",
            "It made us so happy once.", mood="sad", to="A")
    s.speak("A", "May I try?", "I want to fix it.", "Maybe it only needs some help.", "Let me have a look.", mood="plain",
            to="K")
    s.say("{A} [took out|turned] the little screws and looked inside.", "{A} looked at it from all sides.",
          "{A} put it on the table and [wiped off the dust|cleaned it].")
    tries = rng.sample(["{A} put some oil on it. It [squeaked less|smelled of oil], but it did not work.",
        "{A} shook it. Something went [clack|clink|bump], and that was all.",
        "{A} tied a string around it. The string [broke|was too thin|did not hold].",
        "{A} hit it with a small hammer. Now there was a dent in it, too.",
                        "{A} turned it upside down, and a dead {bug} fell out. It still did not work.",
                        "{A} cleaned every part with a cloth. It shone, but it did not move."], rng.pick((1, 2)))
    for number, attempt in enumerate(tries):
        s.say(("First, " if number == 0 else "Then ") + attempt)
    s.beat("sad", 45)
    s.beat("hope", 50)
    s.par()
    cause = rng.below(3)
    if cause == 0:
        s.say("Then {A} saw it. One tiny [wheel|screw] was missing!", "{A} counted the [wheels|screws]. One was missing!")
        s.say("{A} looked [all over the house|in every drawer] and found [a button that fit|one in an old watch|one under the rug].",
              "{A} made a new one out of [wood|a button|a bottle cap].")
    elif cause == 1:
        s.say("{suddenly} {A} heard a very soft sound from inside. It was [a lost marble|a small pebble|a coin|a pea|a button], and it [was stuck|sat] between two [wheels|gears|springs].")
        s.say("{A} [took|got|pulled] it out with [two fingers|a long needle|a hair pin|a bent spoon], {slowly}.")
    else:
        s.friend()
        s.say("{B} came to help and held the [light|lamp|candle]. \"[Look, there|Do you see that]!\" {B.he} said. One [thread|spring|screw|wire] was loose.",
              "{B} came by. {B} had [small|thin|quick] hands and could reach [where {A} could not|deep inside|behind the wheels].")
        s.say("{A} and {B.n} [tied|fixed] what was loose[, cleaned it| with a string|] and [closed it up|held their breath|put the lid on].")
    works = {"music box": "it played a soft, old song", "clock": "it said tick, tock, tick, tock",
        "toy train": "it ran around the room with a happy toot", "radio": "there was music in the room",
        "wagon": "it rolled as if it were new",
             "toy robot": "it lifted one arm and waved", "bicycle": "the wheels turned, and the bell rang",
             "sewing machine": "the needle went up and down"}
    s.env["works"] = works[thing.noun]
    s.say("{A} [tried it|tried again], and {works}!", "{A} waited a moment. Then {works}.", "{then} {works}!")
    s.speak("A", "It works! It works!", "It was not dead. / It was only asleep!", "Listen! Look!", mood="excited", to="K")
    s.say("{K} [came running|put a hand on {K.his} heart] and could not believe it.",
          "{K} had tears in {K.his} eyes. \"[I thought it was gone|Just like when I was small],\" {K.he} said."
          if s.env["K"].kin in ("grandma", "grandpa") else "{K} was {happy}.")
    s.close(["After that, people came from all over with their broken things.",
            "Now {A} [kept|had] it [by {A.his} bed|in the best place in the house]." if thing.noun not in ("wagon",
            "bicycle") else "All summer long, {A} [used|enjoyed] it[ every day|].",
            "Every evening, {A} and {K.n} [sat|were] together and enjoyed it."],
            ["Old things have stories, too.", "If you look closely, you find the way.",
            "Do not throw away what you can mend."], "K")


@plot("surprise", "child animal robot toy")
def surprise(s):
    """A surprise for somebody; it is nearly found out; a small mishap; joy."""
    s.they = "B"
    rng = s.rng
    s.friend()
    s.kin() if rng.chance(60) else s.friend("K")
    while s.env["K"].name[0] == s.env["B"].name[0]:
        s.friend()
    s.open(mate="B" if rng.chance(40) else None)
    s.say("It was [nearly |]{K.ns} birthday. {A} [had an idea|wanted to do something special].",
          "{A} and {B.n} wanted to give {K.o} a surprise.", "{K} had been {sad} all week. {A} wanted to cheer {K.him} up.")
    s.dated = True
    s.speak("A", "Let us make a surprise party!", "We must be very quiet. / It is a surprise.",
            "I have a plan. / But do not tell!", mood="whisper", to="B")
    jobs = rng.sample(["{A} [cut|made] stars out of {color} paper.", "{B} picked a big bunch of {flower}s.",
        "{A} baked {treats} and hid them under the bed." if s.hero.kind in ("child", "animal")
        else "{A} hung up lights in all colors.", "They hung [ribbons|balloons] on the [wall|lamp|door].",
        "{B} practiced a song on the flute.",
                       "They made a [hat|crown] of gold paper.", "{A} painted a sign with big letters.",
                       "They [put|set] a clean cloth on the table."], rng.pick((2, 3)))
    for job in jobs:
        s.say(job)
    s.say("{suddenly} the door opened. It was {K.n}!", "Then they heard steps. {K} was coming!")
    s.speak("K", "What are you two doing?", "Why is it so quiet in here?", "What is behind your back?", mood="plain", to="A")
    s.say("{A} [sat down on|threw a blanket over] the [box|things]. \"[Nothing|We are only playing],\" {A.he} said and turned red.",
          "\"We are [looking for a sock|counting dust|playing statues],\" {A} said {quickly}.",
          "{B} began to [cough|sing loudly], and {A} pushed it all behind the door.")
    s.say("{K} [shook {K.his} head|looked around|smiled] and [went away|left]. [That was close|Nobody had seen a thing|{A} let out a breath]!",
          "{K} laughed and [left|closed the door|walked off]. {A} [could breathe again|winked at {B.o}|fell over with relief].")
    s.par()
    s.say("[The next day|In the evening|At last], everything was [ready|in its place|as it should be]. {A} and {B.n} [hid|waited|sat] [behind the door|under the table|in the dark|behind the sofa].",
          "[In the evening|At six|When it was time], {A} put out the [light|lamp], and they hid [under the table|behind the curtain|in the corner].")
    mishap = rng.below(4)
    if mishap == 0:
        s.say("They waited and waited[| in the dark| for an hour]. {K} did not come. {A} [peeked out|went to look]. {K} had fallen asleep [in a chair|under a tree|over a book|in the garden]!")
        s.say("So {A} and {B.n} [carried|brought] the [whole party|cake and the stars|things] to {K.o} and [sang|hummed] {softly} until {K.he} [woke up|opened {K.his} eyes|opened one eye].")
    elif mishap == 1:
        s.say("[{A}|{B}] had to sneeze. Achoo! [Everybody|{A.n}] jumped up too early, and the [balloons|stars|ribbons|cups] fell [down on {K.ns} head|on the floor|everywhere].")
        s.say("For a moment nobody [spoke|moved]. Then {K} [began to laugh|laughed until {K.he} cried|laughed out loud].")
    elif mishap == 2:
        s.say("The door [opened|moved]. \"Surprise!\" [they|{A.n} and {B.n}] [shouted|cried]. But it was only [the mail carrier|the cat|a neighbor|the dog|an old aunt], who [nearly fell over|jumped in the air|ran away again|got a fright].")
        s.say("[They all|{A} and {B.n}] had to laugh, and when {K} came, they [shouted again|shouted even louder|were still laughing].")
    else:
        s.say("The door opened. \"Surprise!\" [shouted|cried|called] {A.n} and {B.n}.",
              "{A} counted to three. The door opened. \"Surprise!\" they [shouted|cried|called].")
        s.say("{K} put both hands on {K.his} [face|heart]. {K.he} could not [speak|say a word][ at all|].",
              "{K} [stood still|stopped], with [a mouth as round as [the moon|a plate]|eyes like stars|wet eyes].")
    s.speak("K", "Is this all for me?", "I have the best friends in the world!" if not s.env["K"].kin
            else "You dear little thing!", "I did not know a thing!", mood="happy", to="A")
    s.close(["They [danced|sang|played] until [the moon came up|it was late].",
            "The best surprise was the look on {K.ns} face.",
            "{A} was so [tired|happy] that {A.he} fell asleep under the table."],
            ["It is fun to make somebody happy.", "A little joy needs a lot of love.",
            "The best surprises come from the heart."], "K")
