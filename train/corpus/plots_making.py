"""Plots in which something is made, mended or grown: built, cooked, painted, planted."""

from .story import plot

BUILDS = [
    ("tree house", "boards and nails", "in the {tree}", "look over the garden", "child animal"),
    ("little boat", "wood and rope", "by the pond", "sail over the pond", "child animal robot"),
    ("bridge", "sticks and stones", "over the river", "walk to the other side", "child animal robot"),
    ("bird house", "wood and nails", "in the garden", "hear the birds sing", "child animal robot"),
    ("wagon", "a box and four wheels", "in the shed", "ride down the hill", "child animal robot"),
]
FALLS = [
    "it fell down", "it broke in two", "one side was too heavy, and it broke", "it shook, and then it fell on {A.ns} foot",
    "{A.n} bumped into it, and it all fell down",
]


@plot("building")
def building(s):
    """It falls down; a friend helps to see why; together it holds."""
    s.they = "B"
    rng = s.rng
    s.env["it"], s.env["stuff"], s.env["where"], s.env["use"], _ = s.row(BUILDS)
    s.env["fall"] = rng.pick(FALLS)
    s.friend()
    s.open(mate="B" if rng.chance(40) else None, love=["to build things", "to make things"] if rng.chance(40) else None)
    s.say("{oneday}{A} wanted to build a {it} {where}.", "{oneday}{A} began to build a {it} {where}.",
          "{oneday}{A} had a plan. {A.he} wanted to build a {it} {where}.")
    s.speak("A", "It will be the best {it} of all!", "Then I can {use}!", "I need {stuff}.", mood="excited", to="B"
            if s.paired else None)
    s.say("{A} took {stuff} and began.", "{A} found {stuff}.")
    s.event("work", "B", 30)
    s.say("But then {fall}.", "It looked good. But then {fall}.", "Oh no! {suddenly} {fall}.")
    s.beat("sad", 50)
    s.line("enough", "A") if rng.chance(50) else None
    s.par()
    if not s.paired:
        s.event("comes")
    s.speak("B", "The bottom is too small. / Let us make it wide.", "You were too fast. / Let us do it slowly.",
            "The big pieces must be at the bottom.", "I will hold it, and you work.", mood="kind", to="A")
    s.event("again", "B", 40)
    s.say("Now {A.n} and {B.n} worked together.", "So {A} began again, and {B} held it.",
          "{B} helped, and {A} built it {slowly}.")
    s.say("{atlast} the {it} was done, and it did not fall.", "And this time, the {it} did not fall!",
          "{atlast} it was done. It was a {nice} {it}.")
    s.line("glee", "A")
    s.close(["Now {A.n} and {B.n} could {use} every day.", "It was not very straight, but they could {use}.",
             "{A.n} and {B.n} put a flag on it and were {proud}."], ["If it falls, build it again.", "Two can do more than one."],
             "B")


DISHES = [
    ("pancakes", "milk and eggs", "salt"),
    ("a birthday cake", "butter and eggs", "salt"),
    ("jam", "berries and sugar", "salt"),
]


@plot("cooking", "child animal")
def cooking(s):
    """A dish for somebody; something goes wrong with it; it is saved together."""
    s.they = "K"
    rng = s.rng
    s.env["dish"], s.env["into"], s.env["wrong"] = rng.pick(DISHES)
    s.kin()
    s.friend()
    s.env["who"] = rng.pick(("{K.n} was tired", "it was {K.ns} birthday", "{K.n} had worked all day"))
    s.env["add"] = rng.pick([x for x in ("milk", "flour", "honey") if x not in s.env["into"]])
    s.open(love=["to cook", "to bake", "to help in the kitchen"] if rng.chance(50) else None)
    s.perhaps_rain()
    s.say("{oneday}{who}, so {A} wanted to make {dish}.", "{oneday}{A} wanted to make {dish}, for {who}.")
    s.dated = True
    s.speak("A", "I can do it alone!", "It will be a surprise!", "I know how to make {dish}.", mood="happy")
    s.say("{A} put {into} into a big [pot|bowl].", "First {A} took {into}.", "{A} took {into} and sang a song.")
    s.say("Then {A} took some {add}. But it was {wrong}!", "But {A} took {wrong} by mistake.",
          "Then {A} put in {wrong} and did not see it.")
    s.say("{A} took a bite. It was so bad!", "It did not taste good, and {A} made a face.", "{A} took a bite and had to cough.")
    s.line("ohno", "A")
    s.par()
    if rng.chance(50):
        s.event("comes")
        s.line("offer", "B", to="A")
        s.say("{A.n} and {B.n} cleaned up and began again. {B} read, and {A} cooked.",
              "This time, {A.n} and {B.n} looked at everything twice.")
    else:
        s.say("{K} came in and saw it all.", "{suddenly} {K} stood in the door.")
        s.speak("K", "I did that once, too.", "That can happen to anyone.", "My first one was bad, too.", mood="kind", to="A")
        s.say("{A.n} and {K.n} cleaned up and began again.", "This time, {A} looked at everything twice, and {K.n} helped.",
              "{K} showed {A.o} how to do it.")
    s.say("{soon} the kitchen smelled so good.", "This time, it was just right.", "{atlast} {A} put the food on the table.",
          "{soon} {A} had made {dish}, and it was good.")
    s.say("{K} took a bite and smiled.", "{K} sat down and ate two plates of it.", "{K} ate it all.",
          "{A} gave {K.o} the biggest piece." if "soup" not in s.env["dish"]
          else "{A} gave {K.o} a big bowl of soup.")
    s.speak("K", "It is so good!", "This is the best food of all!", "Is there more?", mood="happy", to="A")
    s.close(["{A} was {proud}, even with flour on {A.his} nose.", "After that, {A} cooked every Sunday."],
            ["Look twice before you begin.", "Even a good cook makes mistakes."], "K")


PICTURES = [
    ("a house with a garden", "a big tree"),
    ("a night with stars", "a round owl"),
    ("a hill", "a sleeping bear"),
    ("a pond", "a frog"),
]


@plot("painting")
def painting(s):
    """A picture; a spot spoils it; the spot becomes the best part."""
    s.they = "B"
    rng = s.rng
    s.friend()
    s.kin()
    s.env["pic"], s.env["spot"] = rng.pick(PICTURES)
    s.open(love=["to paint", "to draw"])
    s.perhaps_rain()
    s.say("{oneday}{A} wanted to paint a picture for {K.o}.", "{oneday}{A} took {A.his} paints to make a picture for {K.o}.")
    s.say("{A} began to paint {pic}.", "It was a picture of {pic}.", "First {A} painted {pic} in {color} and {color}.")
    s.say("It was almost done, and {A} was {proud} of it.", "{A} only had to wait until the paint was dry.",
          "It looked so {nice}!", "{B} came to look and said that it was {nice}.")
    s.say("{suddenly} [a cup of paint|a pot of paint] fell over, and there was a big {color} spot on the picture of {pic}.",
          "But then {A} bumped the table, and a big {color} spot fell on the picture of {pic}.",
          "{suddenly} the cat jumped on the table, and there was a big {color} spot on the picture of {pic}.")
    s.beat("sad", 30)
    s.speak("A", "It is ruined!", "All my work was for nothing!", "Now I must throw it away.", mood="sad", to="B")
    s.par()
    s.speak("B", "Wait. / What does it look like?", "Look again. / What do you see?", "Turn it around and look again.",
            "Do not throw it away. / Look again.", "I see something in it. / Do you see it, too?", mood="kind", to="A")
    s.say("{A} looked at the spot for a long time.", "{A} looked at it again.",
          "First {A} saw only a spot. Then {A.he} looked closer.")
    s.speak("A", "I see {spot}!", "It could be {spot}!", "It looks like {spot}!", "That is not a spot. / That is {spot}!",
            mood="excited", to="B")
    s.say("{A} took a small brush and made {spot} out of it.", "So {A} made {spot} out of the spot.",
          "{A} painted some lines, and now it was {spot}.", "With a bit of {color} paint, {A} made {spot} out of it.")
    s.say("Then {A} gave the picture of {pic} to {K.o}.", "{A} ran to {K.o} with the picture.",
          "{K} came in and saw {pic} with {spot}.")
    s.speak("K", "That is the best part!", "What a {nice} picture!", "I love it so much!", "How did you think of {spot}?",
            mood="happy", to="A")
    s.close(["{A} smiled at {B.o}. It was their secret.", "{K} put the picture on the wall.",
             "{A} painted a new picture every day.", "{K} showed the picture to everybody who came.",
             "After that, {A} was not afraid of spots anymore."],
            ["A mistake can become something good.", "Look twice before you give up."], "B")


PLANTS = [
    ("apple seed", "a little apple tree"),
    ("sunflower seed", "a tall sunflower"),
    ("cherry stone", "a small cherry tree"),
]
TROUBLES = [
    ("the ground was dry", "{A} brought water every morning"),
    ("a big storm came", "{A} put a box over it until the storm was over"),
    ("the wind pulled at it", "{A} put a stick next to it and tied it {softly}"),
    ("it got very cold", "{A} put an old hat over it every night"),
]


@plot("plant")
def plant(s):
    """A seed; nothing comes; trouble; care; it grows."""
    rng = s.rng
    s.env["seed"], s.env["grown"] = rng.pick(PLANTS)
    s.env["bad"], s.env["care"] = rng.pick(TROUBLES)
    s.kin() if rng.chance(60) else s.friend("K")
    s.open(love=["to work in the garden", "to dig"] if rng.chance(40) else None)
    s.say("{oneday}{K} gave {A.o} a {seed}.", "{oneday}{A} got a {seed} from {K.o}.",
          "{oneday}{A} found a {seed} and showed it to {K.o}.")
    s.speak("A", "It is so small! / Will it grow?", "What will it be?", "I will plant it.", "Can I plant it?", mood="happy",
            to="K")
    s.say("{A} put the {seed} into the ground and gave it water.", "{A} made a hole in the garden and put the {seed} in.",
          "{A} put the {seed} into a pot and put the pot in the sun.")
    s.say("{A} looked every day, but nothing came.", "{A} waited for a week. Nothing came.", "{A} waited and waited.")
    s.speak("K", "Good things take time.", "You must wait a little.", "Do not worry. / It will come.", mood="kind", to="A")
    s.say("{atlast} {A} saw a tiny green leaf!", "Then one morning, {A} saw a little green leaf!")
    s.par()
    s.say("But then {bad}.", "But one day, {bad}.")
    s.line("ohno", "A") if rng.chance(40) else s.beat("think", 50)
    s.say("So {care}.", "{care}.")
    s.say("It grew and grew, and {A} looked after it.", "Every day it grew a little, and {A} sang to it.",
          "{A} gave it water, and it grew.", "{A} talked to it every day, and it grew and grew.")
    s.say("In the end, there was {grown}.", "{atlast} {A} had {grown}!", "And what was it? It was {grown}!")
    s.line("praise", "K", to="A") if rng.chance(60) else s.line("glee", "A")
    s.close(["{A} showed it to everyone.", "{A} sat down next to it and was {happy}.",
             "{A.n} and {K.n} sat next to it every evening."],
            ["Good things grow slowly.", "With care, small things grow big."], "K")


WORKS = {"clock": "it went tick, tock", "toy train": "it ran around the room",
         "lamp": "there was a warm light", "bell": "it went ding, dong",
         "toy robot": "it lifted one arm"}


@plot("repair", open="thing")
def repair(s):
    """Something old is broken; the hero finds what is wrong with it, by trying."""
    rng = s.rng
    thing = s.treasure(nouns=tuple(WORKS), adjectives=("old", "red", "green", "blue", "big", "little"))
    noun = thing.noun
    s.env["works"] = WORKS.get(noun, "it was like new")
    s.lost = "broken"
    s.kin()
    s.friend()
    s.open(love=["to fix things", "to look inside things"] if rng.chance(50) else None)
    s.perhaps_rain()
    s.say("{oneday}{A} found {T.a} in the shed.", "{oneday}{K} wanted to throw {T.a} away.",
          "{oneday}{K.ns} {T.full} did not work anymore.")
    s.speak("K", "My {T.n} is broken.", "Nobody can fix it.", "The {T.n} is too old.", mood="sad", to="A")
    s.speak("A", "May I try?", "I want to fix it.", "I will fix your {T.n}.", "Let me have a look.", mood="plain", to="K")
    s.say("{A} cleaned {T} with a cloth.", "{A} shook {T}.", "{A} tied a string around it.", "{A} put some oil on it.",
          "{A} blew out the dust.")
    s.say("{A} hit it with a small hammer.", "{A} turned it upside down.", "{A} took out all the screws.",
          "{A} tightened a screw.", "{A} tapped on it.")
    s.event("fails")
    s.beat("sad", 30)
    s.event("again", "K", 60)
    s.par()
    s.env["new"] = "made a new one out of [wood|a button|a spoon|an old coin|a stone]"
    s.say(*rng.pick((["Then {A} saw it. One small wheel was gone! {A.he} {new}.",
                      "{A} looked closer. One small wheel was gone! {A.he} {new}."],
                     ["{suddenly} {A} saw a [coin|stone|button] inside. {A.he} took it out {slowly}.",
                      "{A} looked inside and saw a [coin|stone|button]. {A.he} took it out {slowly}."],
                     ["{B} came by and held the light. Now {A} saw that something was loose, and {A.he} fixed it {slowly}.",
                      "{B} came to help {A.o}. Together they found something loose and fixed it."])))
    s.say("{A} tried again, and {works}!", "{A} waited a moment. Then {works}!", "And then {works}!")
    s.speak("A", "It works!", "Look! / It works!", "I did it!", "The {T.n} works!", "I have fixed your {T.n}!", mood="excited",
            to="K")
    s.line("praise", "K", to="A")
    s.event("moved", "K", 50)
    s.close(["After that, everybody came to {A.o} with broken things.", "From then on, {A.n} and {K.n} loved {T} even more.",
             "{A} kept {T} next to {A.his} bed." if noun not in ("wagon", "bike") else "{A} used {T} every day."],
            ["Do not throw away what you can mend.", "If you look closely, you find the way."], "K")
