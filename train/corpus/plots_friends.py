"""Plots between friends: sharing, the last cookie, a quarrel, somebody new, a race."""

from .story import plot


@plot("sharing", open="thing place")
def sharing(s):
    """One thing, two who want it. The hero keeps it, finds that alone is no fun, and shares."""
    s.they = "B"
    rng = s.rng
    thing = s.treasure(nouns=("ball", "drum", "toy boat", "toy car", "toy train", "kite", "doll", "flute", "book", "toy rabbit"))
    s.world.own(thing, s.hero)
    s.friend()
    s.place("park", "garden", "yard", "meadow", "field")
    s.open(mate="B" if rng.chance(50) else None, own="T")
    s.say("{oneday}{A} took {T.a} {P.to}.", "{oneday}{A} played {P.at} with {T.a}.",
          "{oneday}{A} had {T.a}. {A.he} took it {P.to}.")
    s.world.go("P", s.hero, s.env["B"])
    s.speak("B", "May I play with your {T.n}?", "What a {nice} {T.n}! / May I try it?", "Can we play with it together?",
            mood="happy", to="A")
    s.speak("A", "No! / It is mine!", "No, you cannot have my {T.n}!", "Go away! / I want to play alone.",
            "It is my {T.n}, not yours!", mood="cross", to="B")
    s.say("{B} looked down and went away.", "{B} was {sad} and sat down under a {tree}.", "{B} said nothing and walked away.")
    s.par()
    if rng.chance(60):
        s.say("{A} played with {T}, but it was no fun alone.", "Now {A} had {T} all alone. But it was no fun.")
        s.say("{A} saw that {B.n} was {sad}.", "{A} looked at {B.o} and felt bad.", "{A} missed {B.o}.")
    else:
        s.say("{then} {A} fell down and hurt {A.his} leg.", "{suddenly} {A} slipped and fell into the mud.")
        s.say("{B} came back at once and helped {A.o} up.", "{B} ran back and helped {A.o} up.")
        s.beat("sorry", 70)
    s.speak("A", "Please come back. / Let us play together.", "I am sorry. / You can play with it, too.",
            "I was not nice. / Now it is your turn.", "I am sorry. / Do you want to have it?", mood="sorry", to="B")
    s.world.give(thing, s.hero, s.env["B"])
    s.say("{B} smiled and took {T}.", "{B} was not angry anymore. {B.he} took {T} and laughed.",
          "{A} gave {T} to {B.o}, and {B} smiled.")
    s.close(["They took turns, first one and then the other.", "They made up a new game with {T}.",
             "Now {T} was more fun than before.", "{A} still had {T}, but now {A.he} had a friend, too."],
            ["It feels good to share.", "A toy is more fun with a friend."], "B")


@plot("last_cookie", "child animal")
def last_cookie(s):
    """The last sweet, and more mouths than sweets: how to divide it."""
    s.they = "B"
    rng = s.rng
    s.env["cake"] = rng.pick(("cookie", "apple", "bun", "pear"))
    s.friend()
    s.kin()
    s.open(mate="B" if rng.chance(50) else None, love=["{cake}s", "sweet things"] if rng.chance(30) else None)
    s.perhaps_rain()
    s.say("{oneday}{K.n} gave {cake}s to {A.n} and {B.n}.", "{oneday}{A.n} and {B.n} got {cake}s from {K.o}.",
          "{oneday}{A.n} and {B.n} sat at the table and ate {cake}s.")
    s.say("{soon} only one {cake} was left.", "Then there was just one {cake} left.", "{A.n} and {B.n} ate them all but one.")
    s.speak("A", "That {cake} is mine!", "I want the last {cake}!", "It is mine! / I saw it first!", mood="cross", to="B")
    s.speak("B", "No, it is mine!", "But I want it, too!", "No! / You had more than me!", mood="cross", to="A")
    s.say("{A} pulled, and {B} pulled, too.", "They shouted until their faces were red.",
          "{A} took it, and {B} wanted to take it back.")
    s.par()
    end = rng.below(4)
    if end == 0:
        s.say("{suddenly} the {cake} fell down, and the [dog|cat] ate it.",
              "{suddenly} a {bird} flew in and took the {cake} away.")
        s.say("Now {A.n} and {B.n} had nothing.", "{A} looked at {B.o}. Now nobody had it.")
        s.line("sorry", "A", to="B")
        s.say("{K} came with one more {cake}. This time, {A} cut it in two.",
              "{K} had one more {cake}. This time, {A} gave half of it to {B.o}.")
    elif end == 1:
        s.speak("K", "One of you cuts it. / The other one picks first.", "I know what to do. / {A.n} cuts it, and {B.n} picks.",
                mood="kind")
        s.say("{A} cut the {cake} very carefully, and {B} picked first.",
              "So {A} cut the {cake} in two. {B} took one half first.")
        s.event("laugh", "B", 60)
    elif end == 2:
        s.env["little"] = rng.pick(("a {small} mouse", "a hungry {bird}", "a thin cat"))
        s.say("Then {A} saw {little} at the door. It looked very hungry.",
              "{suddenly} {A} saw {little} at the window. It was hungry.")
        s.speak("A", "It is more hungry than we are.", "Let us give the {cake} away.", "It needs the {cake} more than we do.",
                mood="kind", to="B")
        s.say("{B} nodded, and {A} put the {cake} on the ground. It was gone in three bites.",
              "{A.n} and {B.n} gave it the {cake}, and it ate and ate.")
    else:
        s.say("{then} {A} saw that {B.n} was close to tears.", "{A} stopped. A {cake} was not worth a friend.")
        s.speak("A", "You can have it.", "Take it. / You are my friend.", mood="kind", to="B")
        s.say("{B} was so surprised that {B.he} gave half of it back.", "But {B} cut it in two and gave {A.o} the bigger half.")
    s.close(["It was the best {cake} of all.", "{A.n} and {B.n} never fought about {cake}s again.",
             "{A} was not full, but {A.he} was {happy}."] if end != 2 else
            ["{A.n} and {B.n} were still hungry, but {happy}.", "{A} felt warm inside.",
             "It came back the next day to see {A.o}."],
            ["It is better to share than to fight.", "What you share tastes better."], "B")


GAMES = [
    ("build a tower", "{A} wanted it tall, and {B.n} wanted it wide", "the tower fell down"),
    ("play a game", "{A} wanted to hide, and {B.n} wanted to run", "nobody played at all"),
    ("paint a picture", "{A} wanted a blue house, and {B.n} wanted a red one", "the paint fell over"),
    ("put on a show", "{A} wanted to be the king, and {B.n} did, too", "there was no show"),
    ("sing a song", "{A} sang it fast, and {B.n} sang it slowly", "nobody sang at all"),
    ("build a house", "{A} wanted it under the tree, and {B.n} wanted it by the wall", "the house fell down"),
]


@plot("quarrel", open="place")
def quarrel(s):
    """Two friends fall out over a game; each misses the other; somebody takes the first step."""
    s.they = "B"
    rng = s.rng
    s.friend()
    s.place("park", "garden", "yard", "meadow", "field")
    s.open(mate="B", plain=90)
    s.env["do"], s.env["why"], s.env["end"] = rng.pick(GAMES)
    s.say("{oneday}{A.n} and {B.n} wanted to {do}.", "{oneday}{A.n} and {B.n} met {P.at} to {do}.",
          "{oneday}{B} came to {do} with {A.o}.")
    s.say("But {why}.", "At first it was fun. But then {why}.")
    s.speak("A", "You never listen to me!", "My way is better!", "You always want your own way!", mood="cross", to="B")
    s.speak("B", "I do not want to play with you!", "Then do it alone!", "You are not my friend anymore!", mood="cross", to="A")
    s.say("So {end}, and {B} went home.", "In the end, {end}. {B.n} ran home.")
    s.par()
    s.event("alone")
    s.beat("think", 40)
    way = rng.below(3)
    if way == 0:
        s.env["gift"] = rng.pick(("some {flowers}", "a bag of {fruits}", "a picture"))
        s.say("So {A} took {gift} and went to see {B.o}.", "{A} went to {B.ns} house with {gift}.")
    elif way == 1:
        s.kin()
        s.speak("K", "Somebody must take the first step.", "Go and say you are sorry.", "A friend is more than a game.",
                mood="kind", to="A")
        s.say("So {A} ran to {B.ns} house.", "{A} got up and went to see {B.o}.")
    else:
        s.say("The next day, {A} met {B.o} on the path. They looked at each other.",
              "The next day, it rained. {A.n} and {B.n} ran under the same tree.")
    s.line("sorry", "A", to="B")
    s.speak("B", "I am sorry, too.", "Me, too. / I was so sad without you.", "I missed you, {A.n}." if s.hero.kind == "child"
            else "I missed you.", mood="kind", to="A")
    s.event("hug")
    s.close(["Then they tried again to {do}, and this time they listened to each other.",
             "First they did it {A.ns} way, and then they did it {B.ns} way.", "Then {A.n} and {B.n} went to {do} together."],
            ["It is good to say sorry.", "Friends can fight and still be friends."], "B")


@plot("new_friend", open="place")
def new_friend(s):
    """Somebody new and shy; the first try does not work; something small breaks the ice."""
    s.they = "B"
    rng = s.rng
    s.newcomer()
    s.place("park", "garden", "playground", "meadow", "pond", "yard")
    s.open()
    s.say("{oneday}{A} saw {B.o} {P.at}.", "{oneday}{B} came to live next door. {A} saw {B.him} {P.at}.",
          "{oneday}{A} went {P.to}. There was {B.n}.")
    s.world.go("P", s.hero, s.env["B"])
    s.say("{B} stood alone under a {tree} and looked shy.", "The others ran and played, but {B.n} only looked at them.",
          "{B} did not play with anyone.")
    s.speak("A", "Hello! / What is your name?", "Hello! / Do you want to play?", "Come and play with me!", mood="happy")
    s.say("{B} looked away and said nothing.", "{B} took a step back.", "{B} only shook {B.his} head.", "{B} hid behind a tree.")
    s.beat("think", 50)
    s.event("again", "B", 40)
    s.par()
    s.say(*rng.pick((("{A} rolled a ball to {B.o}. {B} looked at it, and then {B.he} rolled it back.",),
                     ("{suddenly} {A} slipped and fell into a puddle. {B} had to laugh, and {A} laughed, too.",),
                     ("{A} sat down and drew in the sand. {B} came closer and began to draw, too.",),
                     ("{A} began to sing a song. {B} knew that song and began to sing, too.",),
                     ("{A} had a book. {B} came closer, and {A} read it to {B.o}.",),
                     ("The wind took {B.ns} hat. {A} ran after it and brought it back.",),
                     ("{A} built a little house of sticks. {B} brought one more stick, and then ten.",),
                     ("{A} gave {B.o} a {treat}. {B} took it and smiled.",) if s.hero.kind != "robot" else
                     ("{A} gave {B.o} a shiny button. {B} took it and smiled.",))))
    s.speak("B", "I was scared to talk.", "I have no friends here.", "I did not know what to say.", "I am new here.",
            mood="sorry")
    s.speak("A", "Now you have a friend.", "We can be friends!", "I was shy once, too.", "Do you want to be my friend?",
            mood="kind")
    s.say("{B} nodded, and they began to play.", "{B} was {happy}.", "Now {B} was not shy anymore.")
    s.close(["{A} showed {B.o} the [best tree|best path], and {B} showed {A.o} a new game.",
             "The next day, {B} waited for {A.o} at the gate.", "From then on, {A.n} and {B.n} met every day."],
            ["It takes time to make a friend.", "Be kind to somebody new."], "B")


@plot("race", open="place")
def race(s):
    """A race that the hero wants to win; somebody falls, or there is a short cut."""
    s.they = "B"
    rng = s.rng
    s.friend()
    s.place("field", "hill", "meadow", "park")
    s.open(love=["to run", "to run fast"], mate="B" if rng.chance(30) else None)
    s.say("{oneday}there was a race {P.at}. {A} wanted to win.", "{oneday}{A.n} and {B.n} ran a race {P.at}.")
    s.speak("A", "I will win!", "I am faster than you!", "Nobody can catch me!", mood="happy", to="B")
    s.say("\"One, two, three, go!\" called {S.n}, and {A} ran off.", "\"Ready, set, go!\" called {S.n}. {A.n} and {B.n} ran off.",
          S=s.stranger())
    s.say("At first, {B.n} was ahead. Then {A} came closer and closer.", "{A} ran and ran. {B} was right behind {A.him}.",
          "At first, {A} was ahead.")
    s.par()
    end = rng.below(3)
    if end == 0:
        s.say("{suddenly} {B} slipped and fell. {A} saw it.", "{suddenly} {B} fell down and began to cry.")
        s.say("{A} could win now! But {A.he} stopped and went back.", "It was not far to the end. But {A} stopped and went back.")
        s.line("comfort", "A", to="B")
        s.say("{A} helped {B.o} up, and they came in last, side by side.", "They walked to the end together. They were last.")
        s.line("thanks", "B", to="A")
        endings = ["{A} did not win the race, but {A.he} won a friend.", "Everybody clapped for {A.n} and {B.n}.",
                   "{B} said that {A.n} was the real winner."]
        morals = ["A good heart is better than fast feet.", "Winning is not everything."]
    elif end == 1:
        s.say("{A} saw a short way through the bushes. Nobody was looking.", "{A} knew a path that was shorter. It was not fair.")
        s.say("{A} took it and was first. Everybody clapped. But {A} was not {happy}.",
              "So {A} was first and got the prize. But {A} felt bad.")
        s.speak("A", "I did not win. / I took the short way.", "The prize is not mine. / {B.n} won.", mood="sorry")
        s.say("{A} gave the prize to {B.n}.", "{A} said it to everyone and gave {B.o} the prize.")
        s.line("honest", "B", to="A")
        endings = ["The next day, they ran again, and this time it was fair.", "{A} lost the race, but {A.he} kept a friend."]
        morals = ["It is better to lose than to cheat.", "The truth feels better than a prize."]
    else:
        s.say("{A} looked back and did not see the stone. Bump! {A} fell down.",
              "{A} ran past, and soon {A.he} was so far ahead that {A.he} sat down to rest.")
        s.say("{B} ran by and came in first.", "When {A} got up, {B} was first.")
        s.beat("sad", 50)
        s.speak("A", "You ran very well!", "You won. / That was a good race.", mood="kind", to="B")
        s.speak("B", "You are a good friend.", "You were fast, too.", "Let us run again tomorrow.", mood="happy", to="A")
        endings = ["{A.n} and {B.n} shared the prize.", "{A} laughed, and {B} laughed, too."]
        morals = ["A good loser is a good friend.", "Do not cheer before the end."]
    s.close(endings, morals, "B")
