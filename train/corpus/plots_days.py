"""Plots of learning, of every day, and of a day unlike others: a skill, rain, a journey."""

from .story import plot

SKILLS = [
    ("swim", "{A} went under", "Lie on the water like a leaf", "{A} swam to the other side", "child animal"),
    ("climb the {tree}", "{A} slipped and fell down", "Hold on and go slowly", "{A} sat on the highest branch",
     "child animal"),
    ("read", "{A} could not read one word", "Take one letter after another", "{A} read a whole page", "child robot"),
    ("dance", "{A} fell over a chair", "Listen to the drum", "{A} danced like a leaf in the wind", "child animal robot"),
    ("fly a kite", "the kite fell down", "Wait for the wind, then run", "the kite was high in the sky", "child"),
    ("play the flute", "it sounded very bad", "Blow softly", "it sounded like a bird", "child animal robot"),
    ("catch a ball", "the ball hit {A.ns} nose", "Look at the ball all the time", "{A} caught it five times",
     "child animal robot"),
]


@plot("learning")
def learning(s):
    """The others can do it already. Tries fail; a good word and practice; then it goes."""
    s.env["skill"], s.env["fail"], s.env["tip"], s.env["good"], _ = s.row(SKILLS)
    s.helper()
    s.open()
    s.say("{oneday}{A} wanted to learn to {skill}.", "All the others could {skill}. Only {A} could not.",
          "{oneday}{A} saw how {H.n} could {skill}. {A} wanted to do it, too.")
    s.dated = True
    s.speak("A", "I want to do that, too!", "That looks easy!", "Please show me!", mood="happy", to="H")
    s.say("{A} tried, but {fail}.", "The first time, {fail}.", "It was not easy. {A} tried, and {fail}.")
    s.event("again", "H", 50)
    s.say("But it was no better.", "It went wrong again.", "{A} tried ten times, but it did not work.")
    s.line("enough", "A")
    s.par()
    s.say("{H} sat down next to {A.o}.", "{H} had seen it all and did not laugh.", "{H} came over to {A.o}.")
    s.speak("H", "Do not give up. / {tip}.", "I know what helps. / {tip}.", "You can do it. / {tip}.", mood="kind")
    s.say("{A} tried it {slowly}, and it was a little better.", "This time, {A} did it almost right.",
          "{A} did just that, and it was better.")
    s.say("So {A} tried every day.", "{A} did it every morning and every evening.", "{A} worked hard for a week.")
    s.say("And then, one day, {good}!", "{atlast} {good}!")
    s.line("can", "A")
    s.line("praise", "H", to="A")
    s.close(["Now {A} showed it to everyone.", "After that, {A} could {skill} very well.",
             "{A} wanted to learn something new right away."],
            ["If you do not give up, you will learn it.", "Nobody can do it the first time."], "H")


PLANS = [
    ("fly a kite", "child"),
    ("have a party in the garden", "child animal"),
    ("go to the lake", "child animal"),
    ("climb the big hill", "child animal robot"),
    ("play ball in the field", "child animal robot"),
]
INDOORS = [
    ("{A} put a blanket over the table. Now it was a tent", "told stories in the tent"),
    ("{A} hit a pot with a spoon, and {B} sang", "made music all day"),
    ("{A} opened the door and jumped into a puddle. Then {B} jumped in, too", "played in the rain"),
]


@plot("rain")
def rain(s):
    """Rain spoils the plan; something else is found indoors or in the rain itself."""
    s.they = "B"
    rng = s.rng
    s.env["plan"], _ = s.row(PLANS)
    s.env["game"], s.env["did"] = rng.pick(INDOORS)
    s.friend()
    s.kin()
    s.open(mate="B" if rng.chance(50) else None, morning=False)
    s.say("{oneday}{A.n} and {B.n} wanted to {plan}.", "{oneday}{A} wanted to {plan} with {B.o}.")
    s.say("But then it began to rain.", "But {A} looked up, and the sky was dark. It began to rain.",
          "{suddenly} a big drop fell on {A.ns} nose. It began to rain.")
    s.speak("A", "Go away, rain!", "It is not fair!", "Now we cannot {plan}!", "Our day is ruined!", mood="cross", to="B")
    s.say("{A.n} and {B.n} ran into the house.", "{A.n} and {B.n} went inside and sat by the window.",
          "So {A.n} and {B.n} had to go inside.")
    s.beat("sad", 60)
    s.par()
    s.line("comfort", "K", to="A") if rng.chance(30) else None
    s.speak("B", "I have an idea!", "We can play here!", "Let us make a new plan!", "Rain can be fun, too!", mood="happy", to="A")
    s.say("{game}.")
    s.say("So {A.n} and {B.n} {did}.", "{A.n} and {B.n} {did}, and {K} had to laugh." if "rain" not in s.env["did"]
          else "{A.n} and {B.n} {did} and got very wet.")
    s.say("{soon} the rain was over, but {A} did not see it.", "They forgot all about the plan.",
          "{A} forgot that {A.he} had been {sad}.")
    s.speak("A", "I hope it rains tomorrow, too!", "This is the best day!", "That was more fun than my plan!", mood="happy",
            to="B")
    s.close(["When the sun came back, {A} saw a rainbow over the hill.", "The next day, {A.n} and {B.n} went out to {plan}.",
             "{K} made {drink} for {A.n} and {B.n}."
             if s.hero.kind != "robot" else "The next day, it rained again, and they were glad."],
            ["If one plan goes wrong, make another.", "Even a rainy day can be fun."], "B")


GOALS = [
    ("the sea", "{A} had never seen it", "It was blue and wide and had no end"),
    ("the moon lake", "{A} loved the moon", "The moon lay in the water, round and bright"),
    ("the singing cave", "{A} wanted to hear it", "The wind went in and out, and the cave sang"),
]
# what is in the way, and two ways to go on: what may come first, and what may come then
FIRST_OBSTACLES = [
    ("they came to a river without a bridge", "{A} put a log over it, and they went across",
     "{A.n} and {B.n} waited until an old turtle carried them over"),
    ("a big dog stood in the way", "{A} spoke to it softly, and it became their friend",
     "{A} said please, and the dog let them go by"),
    ("they did not know the way", "{A} asked a crow, and it showed them the way",
     "{A} climbed a tree and saw the way"),
    ("they came to a high wall", "{A} climbed up and pulled {B.o} over it", "{A} found a hole in it, and they went through"),
]
NEXT_OBSTACLES = [
    ("they came to a dark forest", "{A} sang, and they were not {scared} anymore",
     "{A.n} and {B.n} stayed close together"),
    ("{B.n} was tired and could not go on", "{A} took {B.ns} bag, and they went on slowly",
     "{A} told {B.o} a funny story, and {B} laughed and went on"),
    ("it began to rain", "{A} found a cave, and it was dry inside",
     "{A.n} and {B.n} sat under a big rock until the sun came back"),
]


@plot("journey")
def journey(s):
    """To a far place, for a reason; two obstacles; arrival; home."""
    s.they = "B"
    rng = s.rng
    s.friend()
    s.env["goal"], s.env["why"], s.env["there"] = rng.pick(GOALS)
    s.open(mate="B" if rng.chance(40) else None, love=["long walks", "to look at maps"] if rng.chance(30) else None)
    s.say("{oneday}{A} wanted to go to {goal}, because {why}.", "{oneday}{A} wanted to see {goal}, for {why}.")
    s.speak("B", "I will come with you!", "It is far. / Let us go together.", "May I come, too?", mood="happy", to="A")
    s.say("So {A.n} and {B.n} went off together.", "{A} took a bag and a map, and off they went.",
          "{A.n} and {B.n} walked and walked.")
    first, second = rng.pick(FIRST_OBSTACLES), rng.pick(NEXT_OBSTACLES)
    s.env["bad"] = first[0]
    s.say("First, {bad}.", "{soon} {bad}.")
    s.say(first[1] + ".", first[2] + ".")
    s.par()
    s.env["bad"] = second[0]
    s.say("Then {bad}.", "After that, {bad}.")
    s.say(second[1] + ".", second[2] + ".")
    if rng.chance(50):
        s.speak("B", "Is it still far?", "Shall we go back?", "I want to go home.", mood="sad", to="A")
        s.speak("A", "Just a little more.", "We are almost there.", "Do not give up.", mood="kind", to="B")
    s.say("{atlast} {A.n} and {B.n} came to {goal}. {there}.", "And then {A} saw {goal}. {there}.",
          "In the evening, {A.n} and {B.n} came to {goal}. {there}.")
    s.speak("A", "We are here!", "Look at that!", "How beautiful it is!", mood="excited", to="B")
    s.close(["They stayed until the stars came out, and then {A.n} and {B.n} walked home.",
             "On the way back, {A.n} and {B.n} made a plan for the next trip.",
             "At home, {A} told everybody about it."], ["With a friend, a long way is short.", "Step by step you can go far."],
             "B")
