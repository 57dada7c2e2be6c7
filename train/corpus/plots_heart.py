"""Plots of the heart: fear, promises, mistakes, the truth, patience, a stage, a wish."""

from .story import plot
from .world import Character, Thing

# fear, kinds, where the hero is, what it is like, the first step, and after
FEARS = [
    ("the dark", "child animal toy", "When the lamp was out, everything looked like a [monster|big face]",
    "{A} [held|took] a small light and looked [under the bed|into every corner]. There was only a [chair|coat|box]",
     "{A} found out that the stars can only be seen in the dark"),
    ("the water", "child animal", "The others [jumped|splashed] into the [lake|pond], but {A} stayed on the sand",
    "First {A} put in one [toe|finger]. Then [a foot|one leg]. Then [both feet|both legs|the rest]",
    "{soon} {A} was in up to {A.his} tummy and [splashed|laughed]"),
    ("thunder", "child animal toy", "When it [boomed|rumbled], {A} hid under the [bed|table|blanket]",
    "{A} and {H.n} counted [together|slowly] from the flash to the boom. One, two, [three|three, four|three, four, five]",
    "Each time there was more to count, for the storm was going away"),
    ("the big slide", "child", "{A} climbed up, looked down, and climbed back",
    "{A} sat on the small slide first. Then {A.he} went up the big one, step by step",
    "Whoosh! Down went {A.n}, and it was [over too soon|so much fun]"),
    ("dogs", "child", "When a dog [barked|came], {A} hid behind the [gate|tree]",
    "{A} held out one hand, very slowly. The old dog [smelled|licked] it", "The dog's nose was wet, and it tickled"),
    ("high places", "child animal robot", "All the others [climbed|went] up the hill to the tower, but {A} stayed below",
    "{A} took one step and looked only at {A.his} feet. Then one more step",
    "From the top, {A} could see [the sea|the whole village|{A.his} own house]"),
    ("big bees", "child animal", "When a bee came, {A} ran into the house",
    "{A} sat very still near a flower. A bee came. It only looked for something sweet",
    "The bee flew away, and {A} had not moved at all"),
    ("loud noises", "robot toy animal", "When something went bang, {A} hid [in a box|in a corner]",
    "{A} hit a [small drum|pot|box], first softly, and then louder. [Boom, boom|Bang, bang], [boom|bang]",
    "Now {A} made the loudest noise of all and laughed"),
    ("the old cellar", "child animal", "It was [cold|damp] down there, and the steps creaked",
    "{A} went down one step and sang. Then one more step, and sang louder",
    "At the bottom there were only [apples|jars of jam], and {A} brought some up"),
]


@plot("fear")
def fear(s):
    """The hero is afraid of something; hides it or says it; somebody helps; small steps."""
    rng = s.rng
    s.env["fear"], _, what, step, after = rng.pick([f for f in FEARS if s.hero.kind in f[1].split()])
    if rng.chance(55):
        s.kin("H")
    else:
        s.friend("H")
    s.open(plain=75)
    s.say("There was only one thing {A.n} did not like: {fear}.", "But {A} was {scared} of {fear}.",
          "{A} was [never|not] afraid of much. But {fear} made {A.o} shake." if s.env["fear"] not in ("dogs", "big bees",
          "loud noises", "high places") else "{A} had one secret. {A.he} was afraid of {fear}.")
    s.dated = True
    s.say(what + ".")
    s.beat("scared", 80)
    s.maybe(45, "\"[Are you a baby|What is the matter with you]?\" [asked|laughed] the others. That [hurt|made it worse].",
        "{A} [said|told everyone] that {A.he} was just tired. But that was not true.",
            "{A} [always|often] made up a reason to stay away.")
    s.par()
    s.say("One [day|evening], {H} [saw|noticed] it and [came|sat down] close to {A.o}.",
          "{H} [found|saw] {A.o} there and [took|held] {A.his} hand.")
    s.speak("H", "What are you afraid of?", "Is it {fear}?", "Why are you hiding?", "You can tell me.", mood="kind", to="A")
    s.speak("A", "I am afraid of {fear}.", "Do not laugh. / I am scared.", "My knees are like jelly.", mood="scared", to="H")
    s.speak("H", "I was afraid of it, too. / Let us try it together.", "You do not have to be big. / Only one small step.",
            "Being brave means to be scared and try.", "We will go slowly. / I will stay with you.", mood="kind", to="A")
    s.beat("hope", 50)
    s.say(step + ".")
    s.say("Nothing bad happened[ to {A.n}|].", "It was not so bad[ at all|].", "{A} waited. [Nothing|No harm] came.",
          "{A} was still {scared}, but [only a little|less than before].")
    s.say(after + ".")
    s.speak("A", "I did it!", "Look at me! / I am not afraid!", "Again! Again!", "It is not so bad!", mood="excited", to="H")
    s.say("{H} [hugged {A.o}|clapped|was {proud}].", "\"I knew you could do it,\" said {H.n}.")
    s.close(["After that, {A} was still careful with {fear}, but [not afraid|never hid again].",
            "Later, {A} helped a [smaller|little] one who was afraid of {fear}, too.",
             "{A} felt [ten feet tall|as strong as a bear]."],
            ["Small steps make us brave.", "Being brave does not mean you are never afraid.",
            "It helps to say what you fear."], "H")


# promise, what the hero forgot it for, what came of it, how it was mended
PROMISES = [
    ("water {B.ns} flowers", "the flowers [hung their heads|were dry and brown]",
    "{A} gave them water [every morning|in small sips] and [talked|sang] to them. One green leaf came, and then two"),
    ("feed {B.ns} hens", "the hens were hungry and had [run away|flown over the fence]",
    "{A} ran [all over the field|up and down the lane|through the bushes] with a [bowl|bag|hat] of corn until [every hen was back|the last hen was home]"),
    ("look after {B.ns} little sister", "the little girl had walked off [alone|all by herself]",
    "{A} looked everywhere and found her [by the well|in the hay|under a bush|with the ducks]. She was [asleep|safe|playing with a stone]"),
    ("bring {B.ns} book back", "the rain had made the book all wet",
    "{A} dried it [page by page|in the sun] and [drew|made] a new cover for it[ with {B.ns} name on it|]"),
    ("help {B.o} [carry the wood|pick the {fruits}|paint the fence]",
    "{B} had done [it all alone|all the work] and was tired",
    "{A} got up [early|before the sun] the next day and did [the rest of the work|all that was left], [all of it|every bit|from one end to the other]"),
    ("come to {B.ns} birthday party", "the party was over, and all the cake was gone",
    "{A} made a party just for [two|{B.n}], with a [candle|song|balloon] and a small {treat}"),
    ("keep {B.ns} hat safe", "the wind had blown the hat into the [pond|river]",
    "{A} went into the [cold|muddy] water, [got|caught] the hat, and [washed it until it was clean|dried it by the stove|brushed it until it shone]"),
]


@plot("promise", "child animal robot")
def promise(s):
    """A promise is made; play is sweeter; it is kept at a price, or forgotten and mended."""
    rng = s.rng
    s.friend()
    s.env["do"], trouble, mend = rng.pick([p for p in PROMISES if s.hero.kind == "child" or "sister" not in p[0]])
    s.env["fun"] = rng.pick(("a game of ball", "a parade with drums", "a puppet show", "a bus on its way to the beach",
        "a fine new swing", "a cart full of toys", "a hill to roll down"))
    s.open(mate="B" if rng.chance(35) else None)
    s.say("{oneday}{B} [had a problem|came to {A.o}]. \"Will you {do}[ for me|]?\" {B.he} asked."
          if "{B.o}" not in s.env["do"] and "come" not in s.env["do"] and "bring" not in s.env["do"]
          else "{oneday}{A} promised to {do}.",
          "{oneday}{A} promised {B.o} to {do}." if "{B" not in s.env["do"][:9]
          else "{oneday}{A} made a promise. {A.he} would {do}.", "{oneday}{A} promised to {do}.")
    s.speak("A", "I promise!", "Yes! / You can count on me.", "I will not forget.", "I will be there. / That is a promise.",
            mood="happy", to="B")
    s.maybe(60, "{B} was glad and [went away|went off with a light heart].",
        "\"Thank you,\" said {B.n}. \"[It is very important|You are a good friend].\"")
    s.say("On the way, {A} saw {fun}.", "But then {A} saw {fun}.", "The next day, there was {fun}.")
    s.say("It looked like [so much|such] fun!", "How {A} wanted to go there!", "{A} [wanted|longed] to stay.",
          "\"[Only a little while|Just for a moment],\" {A} thought.")
    if rng.chance(38):
        s.beat("think", 60)
        s.speak("A", "No. / I made a promise.", "{B.n} is waiting for me.", "First the promise, then the fun.", mood="plain")
        s.par()
        s.env["did"] = s.env["do"]
        s.say("{A} turned [around|away], and it was not easy. {A.he} went to {do}.",
              "So {A} walked on and did not look [back|around]. {A} went to {do}.",
              "{A} [ran past|waved at it] and went to {do}.")
        s.beat("work", 70)
        s.say("When {B} [saw|heard of] it, {B.he} [hugged {A.o}|was {happy}].", "{B} [smiled|beamed] when {B.he} saw {A.o}.")
        s.speak("B", "You kept your promise!", "I knew I could trust you.", "You came! / You are a true friend.",
                mood="happy", to="A")
        s.say("{then} {A} and {B.n} [went|ran] to [have fun|play], and there was still time for [one more game|everything|a bit of it].",
              "\"And now let us have fun,\" said {B.n}, and off they went.")
        endings = ["{A} felt [good|warm|tall] inside, for {A.he} had [done what {A.he} said|kept {A.his} word].",
            "From that day on, [everybody|{B}] knew that {A.s} word was good."]
    else:
        s.say("{A} stayed[ and laughed| and played|] until the sun was [low|gone], and forgot [{A.his} promise|all about {B.o}].",
              "{A} [stayed|played] and did not think of {B.o} at all.")
        s.par()
        s.say("{suddenly} {A} remembered. {A.he} [ran|jumped up and ran|hurried over], but " + trouble + ".",
              "[In the evening|At supper|That night], {A} remembered [it|the promise]. It was too late: " + trouble + ".")
        s.say("{B} was {sad}. \"You promised,\" {B.he} said.",
              "{B} only looked at {A.o}. That was worse than any [word|shout].")
        s.beat("sorry", 80)
        s.speak("A", "I am so sorry. / I forgot.", "I broke my promise. / I want to make it good.", "It is my fault.",
                mood="sorry", to="B")
        s.say(mend + ".")
        s.say("{B} [saw|watched] it all and [smiled a little|was not sad anymore|came closer].",
              "{B} came to see. \"[Now you kept it after all|I am not angry anymore|That was good of you],\" {B.he} said.")
        endings = ["The next time {A} made a promise, {A.he} tied a string around {A.his} finger.",
            "{A} did not forget a promise again.", "{A} and {B.n} were friends again, and {A.he} slept well."]
    s.close(endings, ["A promise is a promise.", "Keep your word, and friends will trust you.",
            "First the promise, then the play."], "B")


BREAKABLES = [("vase", "blue"), ("cup", "white"), ("bowl", "green"), ("plate", "yellow"), ("lamp", "small"), ("window",
    "big"), ("mirror", "old"), ("music box", "little"), ("jar", "brown"), ("teapot", "red")]


@plot("mistake", "child animal robot")
def mistake(s):
    """The hero breaks something, hides it or not, and mends what can be mended."""
    s.they = "K"
    rng = s.rng
    s.env["T"] = thing = Thing(*rng.pick(BREAKABLES))
    s.kin()
    s.open(plain=75)
    how = rng.pick(["{oneday}{A} [played ball|ran|danced] in the house. Crash! {T.a} [broke|fell and broke].",
        "{oneday}{A} wanted to [see|hold] {K.ns} {T.full}. It slipped and [broke|fell] on the floor."
        if thing.noun != "window" else
                    "{oneday}{A} threw a ball. It went the wrong way. Crash! It broke {T.a}.",
                    "{oneday}{A} [jumped|turned] around too fast and [hit|bumped] {T.a}. It broke in [two|three|many pieces]."])
    s.say(how)
    s.maybe(60, "It was {K.ns} favorite {T.n}.", "{K} had loved that {T.n}.", "It was very old, and {K.n} liked it a lot.")
    s.beat("scared", 50)
    if rng.chance(60):
        s.say("{A} [hid|put] the pieces [under the bed|in a box|behind the sofa].",
              "Nobody had seen it. {A} [swept|pushed] the pieces under the rug.")
        s.say("At supper, {A} could not [eat|look up].", "All day long, {A} was [quiet|not {A.self}].")
        s.speak("K", "What is wrong? / You are so quiet.", "Are you ill, my dear?", "Have you seen my {T.n}?", mood="kind",
                to="A")
        s.beat("sorry", 60)
    else:
        s.beat("think", 50)
        s.say("{A} could hide it. But that would not be right.", "{A} wanted to run away, but {A.he} did not.",
              "{A} picked up the pieces and went to {K.o}.")
    s.par()
    s.speak("A", "I broke your {T.n}. / I am sorry.", "It was me. / I broke it, and I was afraid to tell you.",
            "I have to tell you something. / The {T.n} is broken.", mood="sorry", to="K")
    s.say("{K} [was quiet for a while|looked at the pieces|took a deep breath]. {then} {K.he} [hugged {A.o}|sat down].")
    s.speak("K", "I am sad about it. / But I am glad you told me.", "Thank you for the truth. / Things can break.",
            "You are more to me than a {T.n}.", mood="kind", to="A")
    mend = rng.below(3)
    if mend == 0 and thing.noun not in ("window", "lamp"):
        s.say("Together they [put|glued] the pieces [back together|together with glue], one by one.",
              "They sat at the table with [glue|some glue], and piece by piece the {T.n} came back.")
        endings = ["You could see the cracks, but now it was {K.ns} favorite {T.n} even more.",
            "There was one small hole, and {A} put a {flower} in it."]
    elif mend == 1:
        s.say("{A} wanted to make it good. {A.he} [swept the floor|helped in the garden|carried wood|fed the hens] for [a week|many days|a month] and saved [every coin|coin after coin].")
        s.beat("work", 40)
        s.say("{atlast} {A} [went to the market and|had enough and] bought a new {T.n}[ for {K.o}|].")
        endings = ["It was not the same, but {K} said it was [better|even dearer].",
            "{K} put it in the best place in the house."]
    else:
        s.say("{A} got [paper and paint|clay|some wood] and made a present for {K.o}. It was a bit crooked.")
        s.speak("A", "This one is for you. / It is not as [good|fine|round] as the old one.",
                "I made it for you. / I worked all day.", mood="sorry", to="K")
        endings = ["{K} said it was the finest thing {K.he} had ever seen.",
            "{K} put it [on the shelf|by the bed|on the table], and everybody had to [look at it|hear who had made it]."]
    s.close(endings, ["It takes courage to tell the truth.", "Mistakes can be mended.",
            "A mistake is not so bad if you tell about it."], "K")


@plot("truth", "child animal")
def truth(s):
    """Somebody ate it / took it. Another one is blamed. Will the hero speak?"""
    rng = s.rng
    s.env["cake"] = rng.pick(("cake", "apple pie", "cherry pie", "honey cake", "nut cake", "plum cake", "peach pie",
        "lemon cake"))
    s.env["D"] = Character("the dog" if s.hero.kind == "child" else "the puppy", "he" if s.hero.he == "she" else "she",
        "pet", "dog")
    if s.hero.kind == "animal" or rng.chance(60):
        s.friend("D", role="brother" if s.hero.he == "she" else "sister", he="he" if s.hero.he == "she" else "she")
    s.kin()
    s.open(love=["sweet things", "cake", "to eat"] if rng.chance(60) else None)
    s.say("{oneday}{K} [baked|made] a {cake} for [the evening|a party|a guest|Sunday].",
          "{oneday}a {cake} stood on the [table|window sill]. It [smelled|looked] so good!",
          "{oneday}{A} [came into the kitchen|smelled something sweet]. There stood a {cake}[, still warm|, big and round].")
    s.speak("K", "Do not touch it, please. / It is for [later|the guests].",
            "This is for [tonight|all of us]. / Please wait.",
            "Leave it alone, please. / We will eat it [together|after supper].", mood="kind", to="A")
    s.say("{A} [only wanted|wanted just] [a little taste|one crumb]. But one bite became two, and two became [ten|many].",
          "{A} [put in|dipped] one finger. [Just one|Only a little]! Then {A} took a spoon.",
          "{A} looked at it and [sniffed|licked {A.his} lips]. {then} {A} took a bite, and then one more.")
    s.say("{soon} [half of it|most of it|nearly all of it] was gone[, and {A} felt full|].",
          "When {A} [stopped|looked down], the [plate|dish] was [almost empty|empty|clean].")
    s.par()
    s.speak("K", "Who ate the {cake}?", "Where is my {cake}? / Who was that?", "What happened here?", mood="cross")
    s.say("{A} said nothing. There were crumbs [by|next to] {D.n}.",
          "{A} pointed at {D.n}. \"It was {D.him}!\" {A.he} said." if s.env["D"].name == "the dog"
          else "\"Maybe it was {D.n},\" {A} said.")
    s.say("So {D.n} had to [go outside|stay in the yard|sit in the corner], and {D.he} did not know why.",
          "{K} was {cross} with {D.n} and sent {D.him} [out|away]. {D.n} hung {D.his} head.")
    s.beat("sorry", 90)
    s.say("{A} [looked|peeked] out of the window. {D.n} sat there [alone|in the cold] and looked so {sad}.",
          "{A} could not play, for {A.he} [saw|heard] {D.n} cry.")
    s.speak("A", "It was not {D.n}. / It was me.", "I did it. / I ate the {cake}.",
            "I must tell you something. / I told a lie.", mood="sorry", to="K")
    s.say("{K} [was quiet|put down {K.his} spoon]. \"[That was not easy to say|Thank you for telling me|I am glad you said it],\" {K.he} said. \"[But you must make it good|But it was not fair to {D.n}|Now go and tell {D.n}].\"",
          )
    s.say("{A} ran out and [hugged|kissed] {D.n}. \"I am [so |very ]sorry,\" {A.he} said.",
          "Then {A} went to {D.n}. \"[I was bad|It was my fault]. I am sorry,\" {A.he} [said|whispered].")
    s.say("{then} {A} helped {K.o} to bake a new one.",
          "{then} {A} and {K.n} made a new {cake}[, and {A} washed the dishes|].",
          "To make it good, {A} [washed all the dishes|swept the floor|picked the fruit|beat the eggs] and helped to bake[ a new one| one for {D.n}|].")
    s.close(["{D.n} got the first piece.", "This time, {A} waited, and {D.n} got the biggest piece.",
            "{A} did not take any, and that was [right|fair|good]."],
            ["A lie is heavy, and the truth is light.", "Tell the truth, even when it is hard.",
            "Let nobody else pay for what you did."], "K")


WAITS = [
    ("the {flower} to open", "pulled at the bud a little", "one of its leaves came off",
    "the bud opened. It was {color} and smelled sweet", "child animal robot"),
    ("the egg to hatch", "knocked on the shell", "the mother hen was very cross",
    "the egg went [crack|tick, tack], and a wet little chick looked [out|at {A.n}]", "child animal"),
    ("the bread to bake", "opened the oven [again and again|five times|every minute]",
    "the heat flew out, and [they had to start again|it took twice as long|the bread fell down]",
    "the bread was [brown|golden] and [high|round] and warm", "child animal"),
    ("the snow to come", "shook the flour over the yard", "that only made a mess",
    "big white flakes [fell from the sky|came down], [more and more|thick and soft|right on {A.ns} nose]",
    "child animal robot"),
    ("a letter from {A.his} friend {B.n}", "ran to the gate ten times a day", "the box was empty each time",
    "there was a letter with a [red|blue|big] stamp[ for {A.n}|]", "child animal robot"),
    ("the {fruits} to be ripe", "bit into a green one", "it was so [sour|hard] that {A.his} [whole face|mouth|teeth] hurt",
    "[the branches were red|they were big and sweet|everything smelled sweet], and {A} filled [a basket|a big bowl]",
    "child animal"),
    ("the caterpillar to become a butterfly", "wanted to open the little bag", "{K.n} stopped {A.his} hand just in time",
    "the [bag|little bag] opened, and {A} saw two {color} wings", "child animal toy"),
    ("the paint to dry", "touched it with [one finger|one hand|a stick]",
    "there was a [big spot|long line], and [they|{A.n} and {K.n}] had to paint it again",
    "it was dry, and [the spot was gone, too|it shone|nobody saw the spot]", "child robot toy"),
]


@plot("patience")
def patience(s):
    """Waiting is hard. The hero hurries it along, and that goes wrong; learns how to wait."""
    s.they = "K"
    rng = s.rng
    s.env["wait"], hurry, harm, came, _ = rng.pick([w for w in WAITS if s.hero.kind in w[4]])
    s.kin()
    s.friend()
    s.env["B"].known = True
    s.open()
    s.say("{oneday}{A} was waiting for {wait}.", "{oneday}{A} began to wait for {wait}.", "{A} could not wait for {wait}.")
    s.dated = True
    s.speak("A", "When will it be?", "Is it [ready|time] now?", "How long must I wait?", "Is it today?", mood="excited",
            to="K")
    s.speak("K", "Not yet. / Good things take time.", "Soon. / You must be patient.", "You cannot make it go faster.",
            mood="kind", to="A")
    s.say("{A} waited [one hour|a whole morning|a day]. It was so [long|hard|slow]!",
          "{A} looked [and looked|again and again]. {A} looked at the [clock|sun]. [Nothing happened|Time went so slowly|Not yet]."
          if "snow" not in s.env["wait"] and "letter" not in s.env["wait"]
          else "{A} looked out of the window all morning. Nothing came.")
    s.say("Then {A} [did not want to wait anymore|could not wait a minute more] and " + hurry + ".", "So {A} " + hurry + ".")
    s.say("That did not help: " + harm + ".", "But " + harm + ".", "Oh no! Now " + harm + ".")
    s.beat("sorry", 60)
    s.par()
    s.speak("K", "Waiting is easier if you do something.", "Come, let us do something else while we wait.",
            "I will show you how to wait.", "If you look at it all day, the day is long.", mood="kind", to="A")
    doings = rng.sample(["{A} [drew|painted] a picture[ of the sea| of a cat| for {K.o}].",
        "{A} helped {K.o} to [sort the buttons|fold the towels|shell the peas].",
        "{A} and {B.n} [built a house of blocks|played by the stream|made up a song].", "They [read|told] a long story.",
                         "{A} counted all the [birds|stones|trees] {A.he} could see.",
                         "{A} took a nap and had a good dream.",
                         "{A} went for a walk and [picked {flower}s|looked at the clouds]."], rng.pick((2, 2, 3)))
    for doing in doings:
        s.say(doing)
    s.say("{A} [almost forgot|did not even notice] that {A.he} was waiting.", "And so the time [went by|flew].",
          "One [day|hour] passed, and then another one.")
    s.say("[Then, one morning|And one fine day|When nobody thought of it], " + came + "!", "{atlast} " + came + ".")
    s.beat("joy", 90)
    s.close(["\"It was worth the wait,\" said {A.n}.", "{A} looked at it for a long time and was {happy}."
            if "letter" not in s.env["wait"] else "{A} read it three times.", "The next time, {A} knew how to wait."],
            ["Good things take time.", "Waiting is easier when your hands are busy.", "You cannot hurry the sun."], "K")


@plot("stage", "child animal robot toy")
def stage(s):
    """The hero must sing / speak / dance before all the others, and is shy."""
    rng = s.rng
    s.env["act"], s.env["acting"] = rng.pick((("sing a song", "sing"), ("dance", "dance"), ("play the [flute|drum]", "play"),
        ("tell a poem", "speak"), ("do a trick", "begin"), ("be the [moon|king|tree] in the play", "say a word")))
    s.friend("H") if rng.chance(60) else s.kin("H")
    s.open(trait=rng.pick(("shy", "quiet", "shy")), plain=80)
    s.say("{oneday}there was going to be a [big |]show, and {A} had to {act}.",
          "{oneday}{A} was asked to {act} in front of everyone.",
          "{oneday}they planned a [show|feast] in the [square|hall|garden]. {A} wanted to {act}.")
    s.say("{A} practiced [every day|in front of the mirror|for the birds in the garden].",
          "Alone [in {A.his} room|in the garden|by the stove], {A} could do it [very well|with {A.his} eyes closed].",
          "For days, {A} did not think of anything else.")
    s.say("Then the [big day|evening|moment] came. {A} saw [so many eyes|so many faces|row after row]!",
          "But when {A} saw all the [faces|chairs|people], {A.his} mouth went dry." if s.hero.kind == "child"
          else "But when {A} saw all the faces, {A.he} wanted to hide.")
    s.beat("scared", 90)
    s.speak("A", "I cannot do it.", "What if I forget everything?", "What if they laugh?", "There are too many of them.",
            mood="scared", to="H")
    s.speak("H", "Look only at me.", "Breathe in, breathe out. / You know it by heart.",
            "I will sit in the first row. / Do it for me.", "If you forget, just smile and go on.", mood="kind", to="A")
    s.par()
    s.say("{A} went out. {A.he} opened {A.his} mouth, but could not {acting}." if s.env["acting"] in ("sing", "speak",
          "say a word") else "{A} went out and stood there. {A.he} could not {acting}.",
          "{A} took three steps into the light and [stopped|forgot everything].")
    s.say("It was very [quiet|still]. [Somebody coughed|A chair creaked|{A} heard a cough].",
          "[Somebody|A child] [giggled|laughed]. {A} [turned red|wanted to run].")
    end = rng.below(3)
    if end == 0:
        s.say("Then {A} [looked for|saw] {H.o}, who [waved|smiled|nodded]. {A} took a deep breath and [began|started].")
        s.say("First it was soft, then it was [louder|better and better].",
              "After the first moment, it was [easy|as easy as at home|almost fun] for {A.o}.")
    elif end == 1:
        s.say("{suddenly} {H} [stood up|came up] and did it, too. Now there were two of them.",
              "Then {H} [began|started] to do it, too, and {A} went on.")
        s.say("With {H.o} [there|at {A.his} side], {A} [was not afraid|forgot to be afraid].")
    else:
        s.say("{A} fell over {A.his} own feet, and [everybody|they all] laughed. {A} had to laugh, too.",
              "{A.ns} hat fell over {A.his} eyes, and everybody laughed. It was a kind laugh.")
        s.say("After that, {A} was not {scared} anymore and [began|started].")
    s.say("When it was over, [everybody clapped|they clapped and clapped|there was a big cheer].",
          "How they [clapped|cheered|stamped their feet]! \"[More, more|Once more|Again, again]!\" they [called|cried].")
    s.speak("A", "I want to do it again!", "That was fun!", "I did it!", mood="happy", to="H")
    s.close(["{A} was still a bit shy, but [not on the stage|now {A.he} knew what {A.he} could do].",
            "{H} gave {A.o} a {flower}, and {A} was {proud}.", "That night, {A} [sang|hummed] {A.self} to sleep."],
            ["You can be shy and brave at the same time.", "With a friend near, big things get small.",
            "Take a deep breath and begin."], "H")
