"""Plots in which somebody is helped or made glad: a gift, a surprise, a sick friend, help on the road."""

from .story import plot


@plot("gift", open="thing")
def gift(s):
    """A gift for somebody dear, and too little money: work for it, or make it by hand."""
    rng = s.rng
    s.kin() if rng.chance(60) else s.friend("K")
    s.treasure(nouns=("hat", "lamp", "ring", "clock", "scarf", "drum", "book"),
               adjectives=("new", "blue", "golden", "red", "green"))
    s.open()
    s.say("It was almost {K.ns} birthday. In a shop, {A} saw {T.a}.", "{A} wanted to give {K.o} {T.a} for {K.his} birthday.",
          "{K.ns} birthday was near. {A} wanted to buy {T.a}.")
    s.dated = True
    s.say("But {A} had only [two|three|four] coins.", "But it cost ten coins, and {A} had only [one|two].")
    s.beat("sad", 60)
    s.beat("think", 50)
    s.par()
    if rng.chance(50):
        s.stranger()
        s.speak("A", "I will work for it.", "I can work!", mood="happy")
        s.say("{A} cleaned the yard for {S.o}.", "{A} picked {fruits} for {S.o}.", "{A} fed the hens every day.",
              "{A} raked the leaves.")
        s.say("{A} sang in the street.", "{A} washed the windows.", "{A} swept the shop.", "{A} polished all the shoes.",
              "{A} carried bags home from the market.")
        s.event("work", "K", 40)
        s.say("{atlast} {A} had enough coins and bought {T}.", "{soon} {A} had enough and ran to the shop. {T} was still there!")
    else:
        s.speak("A", "I can make something!", "I will make a gift!", mood="excited")
        s.env["make"] = rng.pick(("a picture of the two of them", "a crown of {flowers}",
                                  "a cup of clay",
                                  "a bird of wood", "a book of drawings", "a boat of wood"))
        s.say("All day, {A} worked. {A.he} made {make}.", "So {A} sat down and made {make}.",
              "{A} made {make}, and nobody saw it.")
        s.say("It was not perfect, but {A} had made it with love.", "{A} did not know if it was good enough.")
    s.say("Then the birthday came. {A} gave the gift to {K.o}.", "On {K.ns} birthday, {A} gave {K.o} the gift.")
    s.speak("A", "Happy birthday! / It is for you.", "It is only a small thing.", "I hope you like it.", mood="happy", to="K")
    s.event("moved", "K")
    s.line("love", "K", to="A")
    s.close(["{A} was {proud} and {happy}.", "For {K.o}, it was the best gift of all.",
             "{A.n} and {K.n} ate cake until it was dark."
             if s.hero.kind != "robot" else "{A.n} and {K.n} danced until it was dark."],
            ["A gift from the heart is the best gift.", "It feels good to give."], "K")


@plot("surprise")
def surprise(s):
    """A surprise for somebody; it is nearly found out; a small mishap; joy."""
    s.they = "B"
    rng = s.rng
    s.friend()
    s.kin()
    s.open(mate="B" if rng.chance(40) else None)
    s.say("It was {K.ns} birthday. {A} wanted to make a party, and {B} wanted to help.",
          "{A} wanted to give {K.o} a surprise, and {B} wanted to help.",
          "{K} was {sad}. {A} wanted to make {K.him} happy, and {B} wanted to help.")
    s.dated = True
    s.speak("A", "Let us make a surprise party!", "We must be very quiet.", "I have a plan!", "Do not tell anyone!",
            mood="whisper", to="B")
    s.say("{A} made stars out of {color} paper.", "{A} painted a big picture.",
          "{A} put up lights." if s.hero.kind == "robot" else "{A} made {treats}.")
    s.say("{B} picked some {flowers}.", "{B} made a crown of gold paper.", "{A.n} and {B.n} cleaned the whole room.")
    s.say("{suddenly} {K} came in!", "{suddenly} {K} stood in the door!")
    s.speak("K", "What are you two doing?", "Why is it so quiet here?", "What is behind your back?", mood="plain", to="A")
    s.say("\"Nothing!\" {A} said and hid it all under the table.", "\"We are only playing,\" {A} said and put a blanket over it.",
          "{A} hid everything behind {A.his} back. \"Nothing,\" {A.he} said.")
    s.say("{K} smiled and went away.", "{K} looked around and went out again.")
    s.par()
    s.say("In the evening, {A.n} and {B.n} hid behind the door.",
          "{soon} all was ready, and {A.n} and {B.n} hid under the table.")
    s.say(*rng.pick((("They waited and waited. But {K} was asleep in a chair! So {A.n} and {B.n} sang until {K.he} woke up.",),
                     ("Then {A} had to cough. {K} heard it and found them both.",),
                     ("The door opened. \"Surprise!\" they shouted. But it was only the cat! Then {K} came, too.",),
                     ("Then {K} came in. \"Surprise!\" {A.n} and {B.n} shouted.",
                      "When {K} came in, {A} shouted, \"Surprise!\""))))
    s.event("moved", "K", 40)
    s.line("love", "K", to="A")
    s.close(["They danced and sang until it was dark.", "{A.n} and {B.n} were {happy}, too.",
             "\"Next time it is your turn,\" {K} said to {A.n}."],
            ["It feels good to make somebody happy.", "The best surprise comes from the heart."], "B")


@plot("ill", "child animal")
def ill(s):
    """A friend is ill; what is meant well does not help; what does; thanks come back."""
    rng = s.rng
    s.friend()
    s.kin()
    s.env["pain"] = rng.pick(("a bad cold", "a hot head", "a sore throat", "a sore leg"))
    s.open(mate="B" if rng.chance(50) else None)
    s.say("{oneday}{B} did not come out to play.", "{oneday}{A} waited for {B.o}, but {B.he} did not come.",
          "{oneday}{A} went to play with {B.o}, but {B.he} was in bed.")
    s.say("{B} was ill. {B.he} had {pain}.", "\"{B.n} has {pain},\" said {K.n}.")
    s.beat("sad", 60)
    s.speak("A", "I want to help {B.n}.", "What can I do for {B.n}?", "Poor {B.n}! / I must help {B.him}.", mood="sad", to="K")
    s.say("{A} brought some {flowers}, but {B} had to cough.", "{A} played the drum for {B.o}, but it was too loud.",
          "{A} brought a big cake, but {B} could not eat.", "{A} danced for {B.o}, but {B} was too tired.")
    s.line("ask", "A", to="K") if rng.chance(50) else s.beat("think", 80)
    s.speak("K", "Just sit with {B.n}.", "{B.n} needs quiet things.", "Read {B.him} a story.", "{B.n} needs a good friend now.",
            mood="kind", to="A")
    s.par()
    s.say("So {A} made {drink} and brought it to {B.o}.", "{A} went back very quietly with some warm soup.",
          "So {A} brought {B.o} a soft blanket.")
    s.say("{A} sat next to {B.ns} bed and told {B.him} a story.", "Every day, {A} read a book to {B.o}.",
          "{A} sang softly until {B.n} fell asleep.")
    s.say("Day by day, {B} got better.", "On the third day, {B} sat up and smiled.", "{soon} {B} was well again.")
    s.line("thanks", "B", to="A")
    s.event("hug", "B", 60)
    s.close(["{soon} {A.n} and {B.n} ran in the grass again.", "And when {A} was ill, {B} came with soup.",
             "The next day, {A.n} and {B.n} played outside again."],
            ["A friend is the best medicine.", "It feels good to help a friend."], "B")


# task, why it is hard, how the hero helps
TASKS = [
    ("carry a heavy basket up the hill", "the basket was too heavy", "took one side of the basket"),
    ("pick up all the apples on the road", "there were so many of them", "picked up one apple after another"),
    ("paint a long fence", "it had no end", "took a brush and began at the other end"),
    ("find a lost ring", "the grass was too high", "looked under every flower until it was there"),
    ("carry wood into the house", "there was so much of it", "took as much as {A.he} could carry"),
]


@plot("helping")
def helping(s):
    """The hero is on the way to something nice; somebody needs help; the help comes back."""
    rng = s.rng
    s.env["task"], s.env["hard"], s.env["helped"] = rng.pick(TASKS)
    s.strange = True
    s.stranger()
    s.env["fun"] = rng.pick(("the fair", "the lake", "the puppet show", "the party", "the market", "the river",
                             "the playground", "the race"))
    s.open()
    s.say("{oneday}{A} was on the way to {fun}.", "{oneday}{A} wanted to go to {fun}.")
    s.say("On the road, {A} saw {S.o}. {S.he} had to {task}.", "Then {A} met {S.o}. {S} wanted to {task}.",
          "{A} came to a bridge. There was {S.n}, who had to {task}.")
    s.say("But {hard}.", "It was not easy, for {hard}.", "That was hard, for {hard}.")
    s.line("ask", "S") if rng.chance(40) else None
    s.say("{A} stopped. There was not much time.", "{A} wanted to go on. But {S} looked so tired.",
          "Nobody else stopped to help. {A} thought about it.", "{A} thought of {fun}. But then {A.he} stopped.")
    s.line("offer", "A")
    s.par()
    s.say("{A} {helped}.", "So {A} {helped}, and {S} smiled.", "{A} did not wait and {helped}.")
    s.say("{atlast} it was done.", "{soon} it was done, and {S} was {happy}.", "{A.n} and {S.n} laughed when it was done.")
    if rng.chance(50):
        s.line("thanks", "S")
        s.say("But now {A} was late for {fun}.", "{A} ran to {fun}, but it was too late.")
        s.beat("sad", 60)
        s.env["treats"] = rng.pick(("{fruits}", "{flowers}", "toys"))
        s.say("Then {S} came with a big bag of {treats}. \"This is for you,\" {S.he} said.",
              "{S} saw it and gave {A.o} a big bag of {treats}.")
        endings = ["{A.n} and {S.n} had a party of their own.", "{A} went home with the bag and was very {happy}."]
    else:
        s.say("\"Thank you! Come with me,\" said {S.n}. \"I know a short way to {fun}.\"",
              "\"Thank you!\" said {S.n}. {S} had a cart and took {A.o} to {fun}.")
        endings = ["It was a {nice} day, and {A} had a new friend.", "{A.n} and {S.n} had a lot of fun there."]
    s.close(endings, ["Help others, and good things come back.", "There is always time to be kind."])
