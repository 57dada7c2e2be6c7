"""Plots between friends: sharing, the last cookie, a quarrel, and how a friend is found."""

from .story import plot

SWEETS = [("cookie", "cookies"), ("muffin", "muffins"), ("apple", "apples"), ("bun", "buns"), ("pear", "pears"), ("jam tart",
    "jam tarts")]




@plot("sharing", "child animal toy")
def sharing(s):
    """One thing, two who want it. The hero keeps it, finds that alone is no fun, and shares (or the other way round)."""
    s.they = "B"
    rng = s.rng
    thing = s.treasure(want="play" if rng.chance(30) else rng.pick(("rolls", "floats", "read", "")))
    s.world.own(thing, s.hero)
    s.friend()
    s.place("park", "garden", "yard", "meadow")
    s.open(mate="B" if rng.chance(50) else None)
    s.say("{oneday}{A} got {T.a}[ from {A.his} grandpa| for {A.his} birthday|].",
          "{oneday}{A} [had|brought] {T.a}. It was [new and shiny|the best one of all|very special].",
          "{oneday}{A} took {T.a} {P.to}.")
    s.scene()
    s.say("{B} [came|ran] over[ to see it| with big eyes|].", "{B} saw it and [stopped|came closer].",
          "{B} [watched|looked on] for a while.")
    s.speak("B", "May I play with it, [too|please]?", "Can I have a turn?", "What a {nice} {T.n}! / May I hold it?",
            "Can we play together?", mood="kind", to="A")
    s.speak("A", "No! / It is mine.", "You will break it.", "Go away. / I want to play alone.", "Not now. / Maybe never!",
            "I had it first!", mood="cross", to="B")
    s.say("{B} [looked down|did not say a word] and [went|walked] away.",
          "{B} was {sad} and sat down [far away|under a tree|on a bench].")
    s.par()
    turn = rng.below(4)
    if turn == 0:
        s.say("{A} played alone. But [soon|after a while] it was [no fun|boring]. Nobody [laughed|clapped|played back].",
              "Now {A} had {T} all to {A.self}. But playing alone was [quiet|dull|not much fun].")
        s.say("{A} looked at {B.o} and [thought about it|felt bad|had a heavy heart].",
              "{A} saw that {B.n} was all alone. That [hurt|felt wrong].")
    elif turn == 1:
        s.say("{A} held {T} so tight that [{A.his} hands hurt|{A.he} could not play at all].",
              "{A} hid {T} [under {A.his} coat|behind a bush], but then {A.he} could not play with it, either.")
        s.say("[That was silly|It was no good]. {A} began to [laugh|think].")
    elif turn == 2:
        s.say("{then} {A} [fell|slipped] and [hurt {A.his} knee|bumped {A.his} head].",
              "{suddenly} {A} [tripped over a root|fell down hard].")
        s.say("{B} [ran|came] back [at once|{quickly}]. \"[Are you hurt|Can you stand up]?\" {B} asked and helped {A.o} up.",
              "It was {B.n} who came to help. \"[Let me see|Give me your hand],\" {B} said.")
        s.say("{A} [was ashamed|felt warm and sorry]. {B} was so [kind|good], and {A} had been [mean|unkind].")
    else:
        s.say("A little later, {A} saw {B.o} with a [big bag of {fruits}|new puppet|fine red wagon]. {B} was sharing with [everyone|all the others].",
              "{then} {B} came back with two {treats}. {B} gave one to {A.o}, even though {A} had been so mean.")
        s.say("{A} [turned red|looked at the ground|felt small].")
    s.speak("A", "I am sorry. / You can play with it, too.", "Please come back. / Let us take turns.",
            "I was not nice. / Do you want to [hold|have] it?",
            "Come and play. / It is more fun with two.", mood="sorry", to="B")
    s.world.give(thing, s.hero, s.env["B"])
    s.say("{B} [smiled|took {T} with care] and [was not angry anymore|said thank you].",
          "[At once|Right away], {B} was {happy}.", "{B} [laughed|nodded], and they [began|started] to play.")
    s.close(["They took turns[, first one and then the other|], and {T} was [never|not] alone.",
            "They made up a new game with {T}, and it was [the best game ever|very funny].",
             "[Now|Then] they both laughed, and {T} was more fun than before.",
             "{A} still had {T}, but now {A.he} had a friend, too."],
            ["Sharing makes one joy into two.", "A toy is [best|more fun] when it is shared.", "It feels good to share."],
            "B")


@plot("one_cookie", "child animal")
def one_cookie(s):
    """The last sweet, and more mouths than sweets: how to divide it."""
    s.they = "B"
    rng = s.rng
    s.env["cake"], s.env["cakes"] = rng.pick(SWEETS)
    s.friend()
    s.kin()
    s.open(mate="B" if rng.chance(60) else None, love=["to eat {cakes}", "sweet things"] if rng.chance(50) else None)
    s.say("{oneday}{K.n} [baked|brought|gave them] {cakes}. They were [warm and sweet|big and round|still warm|so good|brown and round]."
          if s.env["cake"] not in ("apple", "pear")
          else "{oneday}{K.n} brought a basket of {cakes}. They were [red and sweet|big and round|ripe|yellow and sweet].",
          "{oneday}there were {cakes} on the table. {A} and {B.n} ate and ate.")
    s.say("{soon} only one {cake} was left.", "Then there was just one {cake} on the plate[| by the window].",
          "{A} and {B.n} ate them all but one.")
    s.speak("A", "That one is for me!", "I want it!", "It is mine. / I am bigger.", mood="cross", to="B")
    s.speak("B", "No, it is mine!", "I am more hungry than you!", "But I saw it first!", mood="cross", to="A")
    s.say("They both [pulled|held on to it], and [nobody let go|the plate began to shake].",
          "{A} and {B.n} [shouted|pushed] until their [faces were red|ears were hot].")
    s.par()
    end = rng.below(4)
    if end == 0:
        s.say("{suddenly} the plate [fell|slipped], and the {cake} [landed on the floor|rolled away|flew through the air]. [The dog|A hen|The cat|The pig] ate it in [one bite|two bites|no time].",
              "{suddenly} a {bird} flew in and took the {cake} away.")
        s.say("They looked at each other. {then} they began to [laugh|giggle].", "Now nobody had it. It was very quiet.")
        s.speak("K", "If you had shared, you would both have some.", "Half a {cake} is more than none.", mood="kind", to="A")
        s.say("[Later|The next day], there was [another {cake}|one more {cake}]. This time, {A} [cut|broke] it in two.")
    elif end == 1:
        s.speak("K", "One of you cuts, and the other one [picks|chooses].",
                "I know a [good|fair] rule. / One cuts it, and one [picks first|picks].", mood="kind", to="A")
        s.say("{A} cut [very carefully|with great care|it {slowly}], for {B.n} could pick first. The two [halves|pieces] were [just the same|as like as twins|as big as each other].")
        s.say("{B} took one, and {A} took one. [Nobody was cross anymore|It was fair].")
    elif end == 2:
        s.say("Then {A} saw a {small} [boy|girl|child] at the [gate|window]. The child looked [hungry|cold and hungry]."
              if s.hero.kind == "child" else "Then {A} saw a {small} mouse at the door. It looked very hungry.")
        s.say("{A} looked at {B.o}, and {B} nodded. {A} [gave|held out|passed] the {cake} to the little [one|guest].")
        s.say("The little one [ate it in three bites|ate every crumb|said thank you] and [danced|smiled from ear to ear|hugged {A.o}|hugged {B.o}].")
    else:
        s.say("{then} {A} saw that {B.n} was [about to cry|really hungry].",
              "{A} [stopped|let go]. A {cake} was not worth a friend.")
        s.speak("A", "You can have it.", "Take it. / You are my friend.", "You are more hungry than I am.", mood="kind",
                to="B")
        s.say("{B} was so surprised that {B.he} [broke it in two|gave half of it back]. It tasted [twice as good|very sweet|better than ever].")
    s.close(["It was the best {cake} of all.", "{A} and {B.n} [never|did not] fight about {cakes} again.",
            "And [their hearts were|the room was] full, even if the plate [was empty|was bare|had only crumbs]."],
            ["What you share tastes better.", "It is better to share than to fight."], "B")


@plot("quarrel", "child animal robot")
def quarrel(s):
    """Two friends fall out over a game; each misses the other; somebody takes the first step."""
    s.they = "B"
    rng = s.rng
    s.friend()
    s.place("park", "garden", "yard", "meadow", "field")
    s.open(mate="B", plain=80)
    what = rng.pick([("build a tower", "{A} wanted it to be tall, and {B.n} wanted it to be wide", "the tower fell down"),
        ("play a game", "{A} wanted to hide, and {B.n} wanted to run", "nobody played at all"),
                     ("paint a big picture", "{A} wanted a blue house, and {B.n} wanted a {color} one",
                     "the paint fell over"), ("make a camp",
                     "{A} wanted it under the tree, and {B.n} wanted it by the wall", "the camp fell in"),
                     ("put on a show", "both wanted to be the king", "there was no show"), ("make a snack",
                     "{A} wanted honey, and {B.n} wanted jam", "the bread fell on the floor"),
                     ("sing a song", "{A} sang it fast, and {B.n} sang it slowly", "the song was just noise")])
    s.env["do"], s.env["why"], s.env["end"] = what
    s.say("{oneday}{A} and {B.n} wanted to {do}.", "{oneday}{A} and {B.n} met {P.at}. They wanted to {do}.",
          "{oneday}{B} came to {do} with {A.o}.")
    s.say("But {why}.", "At first it was [fun|good|easy]. But then {why}.", "There was one problem: {why}.")
    s.speak("A", "You never listen!", "We always do what you want!", "My way is better!",
            "You are [doing it all wrong|so bossy]!", mood="cross", to="B")
    s.speak("B", "I do not want to play with you anymore!", "Then do it alone!", "You are not my friend!",
            "And you are [mean|not fair]!", mood="cross", to="A")
    s.say("So {end}, and {B} [went|ran|walked] home.",
          "In the end, {end}. {B} [left|went away] without [a word|looking back].")
    s.par()
    s.say("{A} [kicked|threw] a stone and sat down.",
          "At home, {A} [tried to play alone|did not want to eat|looked out of the window].",
          "The next day, {A} [did not laugh once|had nobody to play with].")
    s.say("It was [very |too |]quiet. {A} missed {B.o}.", "Everything was [dull|gray] without {B.o}.",
          "{A} thought of [all the good games|the fun they had had].")
    end = rng.below(4)
    if end == 0:
        s.say("{A} [took|picked] [some {flower}s|some {fruits}|{A.his} best marble] and walked to {B.ns} door. {A.his} heart beat fast.")
        s.say("But before {A.he} could [knock|say a word], the door [opened|flew open]. There stood {B.n}, who was [just |already |]on the way to [{A.n}|see {A.o}]!")
        s.say("\"I am sorry!\" they both said at the same time.")
    elif end == 1:
        s.say("{A} drew a picture of two friends [under a tree|in a boat|hand in hand] and [put|pushed] it under {B.ns} door.",
              "{A} wrote a small note. It said, \"I miss you.\" {A} put it [in front of|under] {B.ns} door.")
        s.say("{soon} {B} came [running|out]. {B.he} held [it in {B.his} hand|the paper tight].")
        s.speak("B", "I miss you, too.", "I was [mean|wrong]. / I am sorry.", "Can we be friends again?", mood="happy",
                to="A")
    elif end == 2:
        s.kin()
        s.speak("K", "Somebody must take the first step. / Why not you?", "A friend is more than a game.",
                "Two good ideas can live in one game.", mood="kind", to="A")
        s.say("{A} [nodded|got up] and went to find {B.o}.", "{A} thought about it. Then {A.he} ran to {B.ns} house.")
        s.speak("A", "I am sorry that I shouted.", "I was wrong. / Can we start again?", "I do not want to fight.",
                mood="sorry", to="B")
        s.speak("B", "I am sorry, too.", "Me, too. / I was [so |]sad without you.", mood="kind", to="A")
    else:
        s.say("{suddenly} it began to rain, and they both ran under the same [tree|roof|bridge].",
              "Then they met [at the well|on the path|by the gate], and both looked at {B.ns} shoes.")
        s.say("Nobody said a word. {then} {A} [sneezed|giggled], and {B} [had to laugh|giggled, too].")
        s.speak("B", "Why did we fight?", "Was it about [a silly thing|nothing]?", "I forgot why I was so mad.", mood="kind",
                to="A")
    s.say("They [hugged|shook hands|laughed].", "{A} gave {B.o} a hug.", "Then all was good again.")
    s.close(["They tried again to {do}, [and this time they listened to each other|a little of this way and a little of that way|and {A} asked first what {B.n} wanted].",
             "First they did it {A.ns} way, and then they did it {B.ns} way. [Both were good|It took all day]."],
            ["It is [brave|good] to say sorry.", "Friends can fight and still be friends.",
            "Two ideas are better than one."], "B")


@plot("new_friend", "child animal robot toy")
def new_friend(s):
    """Somebody new and shy; the first tries do not work; something small breaks the ice."""
    s.they = "B"
    rng = s.rng
    s.friend(role="new friend")
    b = s.env["B"]
    b.first = "a new " + b.noun + " named " + b.name
    s.place("park", "garden", "playground", "meadow", "pond", "yard")
    s.open(plain=70)
    s.say("{oneday}{B} came to live [next door|nearby].", "{oneday}{A} saw {B.o} {P.at}.", "{oneday}{B} [sat|stood] {P.at}.")
    s.say("{B} did not [talk|play] with anyone and [looked at|held on to] [the ground|a small bag|a book].",
          "{B} stood alone [by the fence|under a tree] and [looked shy|did not smile].",
          "The others [ran|played], but {B.n} only watched.")
    s.speak("A", "Hello! / What is your name?", "Hi! / Do you want to play?", "Come and play with me!",
            "I am {A.n}. / Who are you?" if not s.hero.name.startswith("the") else "Hi! / Who are you?", mood="happy",
            to="B")
    s.say("{B} [turned red|looked away] and did not answer.", "{B} [hid behind a tree|took a step back].",
          "{B} only shook {B.his} head.")
    s.maybe(60, "{A} did not know what to do.", "\"Maybe {B.n} does not like me,\" thought {A.n}.",
        "{A} was a little {sad}, but did not go away.")
    s.par()
    way = rng.below(5)
    if way == 0:
        s.say("{then} {A} sat down [not far away|close by] and [drew in the sand|made a chain of flowers|built a little house of sticks]. {A} said nothing.")
        s.say("[Bit by bit|Little by little], {B} came closer. {soon} four hands were [at work|busy].")
    elif way == 1:
        s.say("{then} {A} [rolled|threw] a ball, {softly}. It stopped in front of {B.ns} feet.")
        s.say("{B} looked at the ball. {then} {B.he} rolled it back, and the ball went to and fro.",
              "{B} [rolled|kicked] it back. It was the start of a game.")
    elif way == 2:
        s.say("{suddenly} {A} [slipped|fell] into a puddle[ with a big splash|] and was [all wet|full of mud].")
        s.say("{B} [had to giggle|laughed]. {then} {A} laughed, too, and [soon they could not stop|held out a muddy hand].")
    elif way == 3:
        s.say("{then} {A} saw that {B.ns} [shoe was open|bag was torn|hat had blown away]. {A} [helped|fixed it] without a word.")
        s.speak("B", "Thank you. / Nobody here ever helped me.", "That was kind of you.", mood="sorry", to="A")
    else:
        s.say("{then} {A} heard {B.o} [hum|whistle] a {small} song. {A} knew that song and [hummed|whistled] along.",
              "{A} began to sing, but forgot the words. {B} knew them and [sang|whispered] the rest.")
        s.say("They [sang|hummed] it together, [first softly, and then loud|three times].")
    s.maybe(60, "{A} [smiled|sat down|waited], and {B} [smiled back|sat down, too|came closer].",
        "[Soon|Then] {B} was not so shy anymore.")
    s.speak("B", "At my old home I had many friends. / Here I have none.", "I was [a bit |]scared to talk.",
            "I did not know how to start.", "Do you want to be my friend?", mood="plain", to="A")
    s.speak("A", "Now you have one.", "We can be friends!", "I was shy once, too.", "Come, I will show you everything!",
            mood="kind", to="B")
    s.close(["{A} showed {B.o} the [best tree|secret path|pond], and {B} showed {A.o} a new game.",
            "[The next day|From then on], {B} waited for {A.o} at the gate with a big smile.",
             "And when somebody else new came, {B} was the first to say hello."],
            ["A friend may be [shy at first|waiting for you].", "It takes time to make a friend.",
            "A kind heart needs no words."], "B")
