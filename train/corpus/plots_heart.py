"""Plots of the heart: fear, a noise at night, a stage, a promise, something broken, the truth."""

from .story import plot
from .world import Character

# fear, where the hero is and what it is like, the first step, and after, kinds
FEARS = [
    ("the dark", "When the lamp was out, {A} hid under the blanket",
     "{A} took a small light and looked under the bed. There was only a sock",
     "{A} looked out of the window and saw all the stars", "child animal"),
    ("the water", "The others jumped into the lake, but {A} stayed on the sand",
     "First {A} put in one foot. Then {A.he} put in the other one", "{soon} {A} was in the water and laughed",
     "child animal"),
    ("the storm", "When the storm came, {A} hid under the table", "{A.n} and {H.n} sang a song, as loud as they could",
     "{soon} the storm was far away, and {A} was still singing", "child animal robot"),
    ("the big dog", "When the dog came by, {A} hid behind the gate", "{A} came closer, one step and then one more",
     "The dog's nose was wet, and {A} had to laugh", "child"),
    ("the high tower", "The others climbed up, but {A} stayed below",
     "{A} took one step and looked up. Then {A.he} took one more step", "From the top, {A} could see the whole village",
     "child animal robot"),
    ("the old bridge", "The others ran over it, but {A} stayed behind",
     "{A} took one step and sang. Then {A.he} took one more step", "{soon} {A} stood on the other side",
     "child animal robot"),
]
# of what only the prompt can name
OPEN_FEAR = ("When {A} saw {fear}, {A.he} hid behind a tree", "{A} came closer, one step and then one more",
             "{A} looked at {fear} for a long time, and nothing happened")


@plot("fear", open="thing")
def fear(s):
    """The hero is afraid of something; hides it or says it; somebody helps; small steps."""
    if "thing" in s.open_parts:
        s.env["fear"], (what, step, after) = s.dread(), OPEN_FEAR
    else:
        s.env["fear"], what, step, after, _ = s.row(FEARS)
    s.helper()
    s.open()
    s.say("{A} was {scared} of {fear}.", "There was only one thing {A.n} did not like: {fear}.",
          "{A} did not like {fear} at all.")
    s.dated = True
    s.say(what + ".")
    s.beat("scared", 60)
    s.par()
    s.say("One day, {H} saw it and came over to {A.o}.", "One evening, {H} sat down next to {A.o}.",
          "One day, {H} found {A.o} there.")
    s.speak("H", "What are you afraid of?", "What is wrong?", "Why do you hide?", "You can tell me.", mood="kind", to="A")
    s.speak("A", "I am afraid of {fear}.", "I am so scared of {fear}.", "Do not laugh. / I am afraid.", mood="scared")
    s.speak("H", "I was scared of {fear}, too.", "Let us try it together.", "One small step is enough.",
            "Do not give up. / I am with you.", mood="kind", to="A")
    s.say(step + ".")
    s.say("Nothing bad happened.", "It was not so bad.", "{A} was still {scared}, but not so much.")
    s.say(after + "!")
    s.line("can", "A")
    s.line("praise", "H", to="A")
    s.close(["After that, {A} was not afraid of {fear} anymore.", "Later, {A} helped a little one who was afraid of {fear}, too.",
             "{A} felt as strong as a bear."], ["Small steps make us brave.", "It helps to say what you fear."], "H")


NOISES = [
    "tap, tap, tap", "bump, bump", "knock, knock",
]
NIGHT = [
    ("a wet cat that wanted to come in", "{A} gave it some milk and a warm blanket"),
    ("a baby owl that could not get out", "{A} opened the window, and it flew to its mother"),
    ("the old door in the wind", "{B} shut it, and it was quiet"),
    ("a toy train that had rolled away", "{A} put it back on the shelf"),
]


@plot("night_noise")
def night_noise(s):
    """A noise in the night; what might it be; the hero goes and looks."""
    s.they = "B"
    rng = s.rng
    s.kin("B") if rng.chance(50) or s.hero.kind != "child" else s.friend("B", role="brother" if s.hero.he == "she" else "sister",
                                               he="he" if s.hero.he == "she" else "she")
    s.env["noise"] = rng.pick(NOISES)
    s.env["what"], s.env["do"] = rng.pick(NIGHT)
    s.open(morning=False)
    s.dated = s.night = True
    s.say("One night, {A} woke up. There was a noise: {noise}!",
          "It was dark, and {A} was in bed. {suddenly} something went {noise}!",
          "One night, {A} could not sleep. Something went {noise}!")
    s.speak("A", "What was that?", "Who is there?", "Is it a monster?", "Is it a ghost?", "Is somebody there?", mood="scared")
    s.beat("scared", 80)
    s.say("There it was again: {noise}!", "{A} hid under the blanket. But there it was again!",
          "{A} heard it again, and it was louder.")
    s.say("{A} ran to {B.o}.", "{A} called {B.o}, and {B} came with a lamp.", "{A} went to wake {B.o}.")
    s.speak("B", "Let us go and see.", "I hear it, too. / Come with me.", "Do not be afraid. / We will look together.",
            "Maybe it is just the wind.", "Take the lamp. / I will go first.", mood="kind", to="A")
    s.par()
    s.say("{A.n} and {B.n} went down the stairs, step by step.", "{A} stayed close to {B.o}, and they went through the dark.",
          "{A.n} and {B.n} looked behind the [curtain|stove|sofa]. Nothing! Then they went on.",
          "{A.n} and {B.n} listened. {noise}, it went.",
          "{A.n} and {B.n} went to the door very quietly.", "{A.n} and {B.n} looked in the [kitchen|hall|cellar|attic].")
    s.say("{A} wanted to run. But {A.he} held up the lamp and looked.", "{A} took a deep breath and looked.",
          "{A} opened the door a little.", "{A} wanted to hide behind {B.o}. But {A.he} looked.")
    s.say("It was only {what}!", "And what was it? It was {what}!", "{B} laughed. It was only {what}!",
          "So that was the {noise}: {what}!", "There was no monster. It was only {what}.")
    s.say("{do}.")
    s.event("laugh", "B", 60)
    s.close(["{A} went back to bed and slept until the sun came up.", "The next time there was a noise, {A} only smiled.",
             "{soon} {A.n} and {B.n} were asleep."],
            ["Things are less scary when you look at them.", "In the dark, small things sound big."], "B")


ACTS = [
    ("sing a song", "sing"),
    ("dance", "dance"),
    ("play the flute", "play"),
    ("play the drum", "play"),
    ("tell a story", "speak"),
    ("be the king", "speak"),
]


@plot("stage")
def stage(s):
    """The hero must sing / speak / dance before all the others, and is shy."""
    rng = s.rng
    s.env["act"], s.env["acting"] = rng.pick(ACTS)
    s.helper()
    s.open(trait="shy")
    s.say("{oneday}there was a big show, and {A} had to {act}.", "{oneday}{A} had to {act} in front of everybody.",
          "{oneday}{A} wanted to {act} in a show.")
    s.say("{A} did it every day in front of {H.o}.", "At home, {A} could do it very well.",
          "{A} did it again and again, and it was good.")
    s.say("Then the big day came. {A} saw so many faces!", "But then {A} saw all the people." if s.hero.kind == "child"
          else "But then {A} saw all the faces.")
    s.beat("scared", 80)
    s.speak("A", "I cannot do it.", "What if they laugh?", "There are too many of them.", "I want to go home.", mood="scared",
            to="H")
    s.line("courage", "H", to="A") if rng.chance(50) else s.speak(
        "H", "Look only at me.", "Just smile and go on.", "I will sit in the first row.", mood="kind", to="A")
    s.par()
    s.say("{A} went out, but {A.he} could not {acting}.", "{A} stood there and could not {acting}.")
    s.say("It was very quiet.", "Somebody laughed.", "Everybody waited.")
    s.say(*rng.pick((("Then {A} saw {H.o}. {H} smiled, and {A} began to {acting}.",
                      "{A} looked at {H.o}. Then {A.he} began to {acting}."),
                     ("{suddenly} {H} came and did it with {A.o}. Now there were two of them.",),
                     ("{A.ns} hat fell over {A.his} eyes, and everybody laughed. {A} laughed, too, and was not {scared} anymore.",
                      ))))
    s.say("When it was over, everybody clapped for {A.o}.", "How they clapped! {A} could not believe it.",
          "They clapped and clapped for {A.o}.")
    s.speak("A", "I want to do it again!", "That was fun!", "I did it!", mood="happy", to="H")
    s.line("praise", "H", to="A")
    s.close(["{A} was still shy, but not on the stage.", "{H} gave {A.o} a {flower}, and {A} was {proud}.",
             "From then on, {A} was in every show."],
            ["You can be shy and brave.", "Take a deep breath and begin."], "H")


# promise, what came of forgetting it, how it was mended, kinds
PROMISES = [
   
    ("water {B.ns} flowers", "the flowers were dry and brown",
     "{A} gave them water every day, until they were green again", "child animal robot"),
    ("feed {B.ns} hens", "the hens were hungry and had run away",
     "{A} ran all over the field until every hen was back", "child animal robot"),
    ("help {B.o} paint the fence", "{B} had done all the work alone",
     "The next day, {A} got up early and painted the gate, too", "child animal robot"),
    ("come to {B.ns} party", "the party was over", "{A} made a new party, just for {B.o}", "child animal robot"),
    ("look after {B.ns} hat", "the wind had blown the hat into the pond",
     "{A} went into the cold water and got the hat out", "child animal"),
]


@plot("promise")
def promise(s):
    """A promise is made; play is sweeter; it is kept at a price, or forgotten and mended."""
    rng = s.rng
    s.friend()
    s.env["do"], trouble, mend, _ = s.row(PROMISES)
    s.env["fun"] = rng.pick(("a game of ball", "a puppet show", "a big kite", "a race"))
    s.open(mate="B" if rng.chance(30) else None)
    s.env["ask"] = s.env["do"].replace("{B.ns}", "my").replace("{B.o}", "me")
    s.say("{oneday}{B} came to {A.o}. \"Will you {ask}?\" {B.he} asked.", "{oneday}{B} asked {A.o}, \"Can you {ask}?\"")
    s.speak("A", "I promise!", "You can trust me.", "I will not forget.", "Yes! / I promise.", mood="happy", to="B")
    s.say("On the way, {A} saw {fun}.", "But then {A} saw {fun}.")
    s.say("It looked like so much fun!", "{A} wanted to stay there.", "{A} wanted to play just for a moment.")
    if rng.chance(40):
        s.par()
        s.beat("think", 60)
        s.speak("A", "No. / I made a promise.", "{B.n} is waiting for me.", "First the promise, then the fun.", mood="plain")
        s.say("So {A} went on to {do}.", "{A} did not stop. {A.he} went to {do}.")
        s.event("work", "B", 50)
        s.speak("B", "You kept your promise!", "I knew I could trust you.", "Thank you! / You are a good friend.", mood="happy",
                to="A")
        s.say("Then {A.n} and {B.n} went to play together.", "There was still time, and {A} ran to play with {B.o}.")
        endings = ["{A} had kept {A.his} promise.", "From then on, {B} always trusted {A.o}."]
    else:
        s.say("{A} played and played and forgot the promise.", "{A} stayed until the sun was low and did not think of {B.o}.")
        s.par()
        s.say("{suddenly} {A} remembered. {A.he} ran back, but " + trouble + ".",
              "In the evening, {A} remembered. But it was too late: " + trouble + ".")
        s.say("{B} was {sad}. \"You promised,\" {B.he} said.", "{B} looked at {A.o} and was close to tears.")
        s.beat("sorry", 60)
        s.line("sorry", "A", to="B")
        s.say(mend + ".")
        s.line("forgive", "B", to="A")
        endings = ["{A} never forgot a promise again.", "{A.n} and {B.n} were friends again."]
    s.close(endings, ["A promise is a promise.", "First the promise, then the play."], "B")


@plot("mistake", open="thing")
def mistake(s):
    """The hero breaks something, hides it or not, and mends what can be mended."""
    s.they = "K"
    rng = s.rng
    thing = s.treasure(nouns=("cup", "bowl", "lamp", "clock"),
                       adjectives=("blue", "white", "green", "yellow", "red", "old", "little"))
    s.lost = "broken"
    s.kin()
    s.open()
    s.perhaps_rain()
    s.say("{oneday}{A} played ball in the house. Crash! {T.a} fell down and broke.",
          "{oneday}{A} ran through the house and bumped into {T.a}. It broke.",
          "{oneday}{A} wanted to look at {K.ns} {T.full}. It slipped and broke.")
    s.say("It was {K.ns} favorite {T.n}.", "{K} loved that {T.n}.", "It was old, and {K.n} loved it.")
    s.beat("scared", 50)
    if rng.chance(60):
        s.say("{A} hid it under the bed.", "{A} hid it behind the curtain.", "{A} put it in a box and hid the box.")
        s.say("All day, {A} was very quiet.", "At supper, {A} could not eat." if s.hero.kind != "robot"
              else "That evening, {A} was very quiet.")
        s.speak("K", "What is wrong?", "Have you seen my {T.n}?", "Why are you so quiet?", mood="kind", to="A")
        s.beat("sorry", 70)
    else:
        s.say("{A} could hide it. But that was not right.", "{A} could run away, but {A.he} did not.",
              "{A} took it and went to {K.o}.")
    s.par()
    s.speak("A", "I broke your {T.n}. / I am sorry.", "It was me. / I broke your {T.n}.",
            "Your {T.n} is broken. / I am so sorry.",
            mood="sorry", to="K")
    s.say("{K} was quiet for a moment. Then {K.he} hugged {A.o}.", "{K} looked at it and sat down next to {A.o}.")
    s.line("honest", "K", to="A")
    if rng.chance(50):
        s.speak("A", "Can we mend it?", "I want to mend it.", mood="plain", to="K")
        s.say("{A.n} and {K.n} sat down with some glue and mended the {T.n} together.",
              "Together {A.n} and {K.n} mended the {T.n}, piece by piece.")
        endings = ["You could see where it had been broken, but {K} loved it even more.",
                   "It was not like new, but {A} was {proud} of it.",
                   "After that, {A} was very careful in the house."]
    else:
        s.say("{A} made a new {T.n} out of clay and gave it to {K.o}." if thing.noun in ("cup", "bowl")
              else "{A} saved every coin and bought a new {T.n} for {K.o}.",
              "{A} worked all week and bought a new {T.n} for {K.o}.")
        s.line("love", "K", to="A")
        endings = ["{K} put it in the best place in the house.", "After that, {A} was very careful in the house."]
    s.close(endings, ["Mistakes can be mended.", "It takes courage to tell the truth."], "K")


@plot("truth", "child animal")
def truth(s):
    """Somebody ate the cake. Another one is blamed. Will the hero speak?"""
    rng = s.rng
    s.env["cake"] = rng.pick(("chocolate cake", "apple pie", "cherry pie", "honey cake", "nut cake", "plum cake"))
    if s.hero.kind == "animal":
        s.friend("D")
    elif rng.chance(70):
        s.friend("D", role="brother" if s.hero.he == "she" else "sister", he="he" if s.hero.he == "she" else "she")
    else:
        s.env["D"] = Character("the dog", "he" if s.hero.he == "she" else "she", "pet", "dog")
    s.kin()
    s.open(love=["sweet things", "cake", "to eat"] if rng.chance(40) else None)
    s.perhaps_rain()
    s.say("{oneday}{K} made a {cake}. {A.n} and {D.n} looked at it.",
          "{oneday}{A.n} and {D.n} saw a {cake} on the table. It was {K.ns}.")
    s.speak("K", "Do not touch it, please.", "It is for later. / Please wait.", "We will eat it together.", mood="kind", to="A")
    s.say("{A} only wanted one bite. But then {A.he} took one more.", "But when {K.n} was gone, {A} took a bite, and one more.",
          "{A} waited. Then {A.he} took a bite, and one more.")
    s.say("{soon} the plate was empty.", "{soon} half of it was gone, and {A} was full.",
          "{soon} {A} had eaten the whole {cake}.")
    s.speak("K", "Who ate the {cake}?", "Where is my {cake}?", "What happened here?", mood="cross")
    s.say("\"It was {D.n}!\" said {A.n}.", "\"Maybe it was {D.n},\" said {A.n}.")
    s.say("So {D.n} had to go outside.", "{K} sent {D.n} away.", "So {D.n} got no {cake}.")
    s.par()
    s.say("{A} looked out of the window. {D} sat there all alone.", "{A} could not play, for {D.n} looked so {sad}.",
          "{D} did not know what was wrong. {A} saw it.")
    s.speak("A", "It was not {D.n}. / It was me.", "I ate the {cake}. / I am so sorry.", "I told a lie. / I ate the {cake}.",
            mood="sorry", to="K")
    s.line("honest", "K", to="A")
    s.say("{A} ran out and hugged {D.o}. Then they made a new {cake} together.",
          "{A} said sorry to {D.o}, and they made a new {cake}.")
    s.close(["{D} got the first piece.", "This time {A} waited, and {D} got the biggest piece.", "{A} never told a lie again."],
            ["Tell the truth, even when it is hard.", "A lie is heavy, and the truth is light."])
