"""Plots in which somebody learns, teaches, helps, or goes on a journey."""

from .story import plot

SKILLS = [
    ("ride a bike", "the bike [wobbled|tipped over], and {A} landed in the [grass|bush]", "Look ahead, not at your feet.",
    "{A} went all the way to the gate and back", "child"),
    ("swim", "{A} went under and swallowed a lot of water", "Lie on the water as if it were a bed.",
    "{A} swam from one side to the other", "child animal"),
    ("whistle", "only air came out", "Make your mouth as round as a pea.", "a clear, long note came out", "child animal"),
    ("tie {A.his} shoes", "it became one big knot", "First make two rabbit ears.", "there was a fine bow on each shoe",
    "child"),
    ("skate", "{A} sat on the ice [again|with a bump]", "Push to the side, and then let it glide.",
    "{A} went around the whole pond", "child animal"),
    ("climb the {tree}", "{A.ns} foot slipped, and down {A.he} came",
    "Use three of your hands and feet, and move the fourth.", "{A} sat on the highest branch", "child animal"),
    ("juggle", "all the balls fell on {A.his} head", "Start with only one ball.", "three balls flew in a circle",
    "child animal robot"),
    ("read", "the letters jumped about like fleas", "Take one letter after another.", "{A} read a whole page",
    "child robot"),
    ("jump rope", "the rope got around {A.ns} legs", "Listen to the rope, and jump when it says tap.",
    "{A} jumped twenty times", "child animal robot"),
    ("dance", "{A} went left when all the others went right", "Hear the drum and let your feet answer.",
    "{A} turned and hopped like a leaf in the wind", "child animal robot toy"),
    ("fly a kite", "the kite fell on its nose", "Wait for the wind, and then run.", "the kite stood high in the sky",
    "child"),
    ("play the flute", "it sounded like a sick goose", "Blow softly, as if you cool soup.",
    "it sounded like a bird in the morning", "child animal robot toy"),
    ("catch a ball", "the ball hit {A.his} nose", "Watch the ball all the way into your hands.",
    "{A} caught it five times in a row", "child animal robot toy"),
    ("make a paper bird", "it looked like a [sock|potato]", "Fold slowly, and press with your nail.",
    "it had two wings and a fine beak", "child robot"),
]


@plot("learning")
def learning(s):
    """The others can do it already. Tries fail; a good word and practice; then it goes."""
    rng = s.rng
    s.env["skill"], s.env["fail"], s.env["tip"], s.env["good"], _ = rng.pick([k for k in SKILLS
        if s.hero.kind in k[4].split()])
    s.kin("H") if rng.chance(55) else s.friend("H")
    s.open(plain=75)
    s.say("{oneday}{A} wanted to learn to {skill}.", "All {A.ns} friends could {skill}. Only {A} could not.",
          "{oneday}{A} saw how {H.n} could {skill}, and {A.he} wanted to learn it, too.")
    s.dated = True
    s.speak("A", "I want to do that, too!", "That looks easy!", "I will learn it in one day!", "Please show me how!",
            mood="happy", to="H")
    s.say("{A} tried, but {fail}.", "The first time, {fail}.",
          "But it was [not so easy|harder than it looked]. {A} tried, and {fail}.")
    s.say("{A} tried again. It was [no better|even worse|just the same].",
          "The second time was [no better|even worse] for {A.o}.", "{A} tried ten times, and ten times it went wrong.")
    s.maybe(40, "Somebody laughed. {A} [turned red|wanted to hide].",
        "\"[Look at that|How funny]!\" somebody [laughed|called].")
    s.speak("A", "I will never learn it!", "I am too [small|slow] for this.", "It is too hard!",
            "I do not want to do it anymore!", mood="sad", to="H")
    s.par()
    s.say("{H} sat down [next to|beside] {A.o}.", "{H} had seen it all.", "{H} did not laugh.")
    s.speak("H", "{tip}", "I will tell you a trick. / {tip}", "I fell a hundred times. / {tip}",
            "You cannot do it yet. / But every day you can do a bit more.", mood="kind", to="A")
    s.say("{A} [wiped {A.his} nose|got up] and tried it {slowly}. It was [a little better|almost right].",
          "{A} did just that. This time, it almost worked.",
          "{A} nodded and [thought about these words|said it three times|tried it at once].")
    s.say("So {A} practiced [every day|in the morning and in the evening|in sun and wind].",
          "Every day after [breakfast|lunch|supper], {A} practiced. Some days [were good, and some were not|went well, and some did not|{A.he} fell, and some days {A.he} did not].",
          "{A} practiced for [a week|two weeks|many days]. {A.his} [arms|legs|hands] got [stronger|quicker|surer], and [{A.his} heart|{A.his} hope] did, too.")
    s.beat("work", 30)
    s.say("And then, one day, {good}!", "{atlast} it happened: {good}!", "On the [eighth|tenth|last] day, {good}!")
    s.speak("A", "I can do it!", "Did you see that?", "Look, look, look!", "I did it all alone!", mood="excited", to="H")
    s.say("{H} [clapped|cheered|laughed with joy].", "\"I saw it! [You did not give up|I am so proud of you],\" said {H.n}.")
    s.close(["Now {A} showed it to everyone, and to some of them twice.",
            "After that, {A} could {skill} as if it had always been so.", "{A} wanted to learn something new right away."],
            ["Nobody can do it the first time.", "Practice makes it easy.", "If you do not give up, you will learn it."],
            "H")


@plot("teaching", "child animal robot toy")
def teaching(s):
    """The hero teaches a younger one, too fast at first, then with patience; and learns something."""
    s.they = "B"
    rng = s.rng
    s.env["skill"], fail, s.env["tip"], good, _ = rng.pick([k for k in SKILLS if s.hero.kind in k[4].split()])
    for old, new in (("{A}", "{B}"), ("{A.his}", "{B.his}"), ("{A.ns}", "{B.ns}"), ("{A.he}", "{B.he}")):
        fail, good = fail.replace(old, new), good.replace(old, new)
    s.env["fail"], s.env["good"] = fail, good
    s.env["skill"] = s.env["skill"].replace("{A.his}", "{B.his}")
    s.friend("B", role="little sister" if s.hero.he == "he" else "little brother", he="she" if s.hero.he == "he" else "he")
    s.kin()
    s.open(plain=80)
    s.say("{oneday}{B} wanted to learn to {skill}.", "{oneday}{B} came and asked, \"Can you show me how to {skill}?\""
          if "{B" not in s.env["skill"] else "{oneday}{B} wanted to {skill} all alone.",
          "{oneday}{K} asked {A.o} to teach {B.o} to {skill}.")
    s.speak("A", "That is easy! / Just do it like me.", "Watch me. / Now you do it.",
            "I will show you. / I am the best at it.", mood="happy", to="B")
    s.say("{A} showed it very fast. {B} tried, but {fail}.", "{B} tried it. But {fail}.",
          "{A} did it once, and it was over before {B} could see it. So {fail}.")
    s.speak("A", "No, no! / Not like that!", "That is all wrong!", "Why are you so slow?", mood="cross", to="B")
    s.say("{B} began to cry. \"[I cannot do it|You are mean],\" {B.he} said.",
          "{B.ns} lip began to shake, and {B.he} ran away.",
          "{B} threw everything down and hid [under the table|behind the door].")
    s.beat("sorry", 70)
    s.par()
    s.speak("K", "Do you remember how you learned it?", "It took you a whole summer to learn it.",
            "You fell, too, when you were small.", mood="kind", to="A")
    s.say("{A} remembered. It had been hard, and somebody had been very patient with {A.o}.",
          "{A} thought back. {A.he} had cried, too, and {K} had held {A.his} hand.")
    s.say("{A} went to {B.o} and [sat down|knelt down].", "{A} looked for {B.o} and found {B.him} in a corner.")
    s.speak("A", "I am sorry. / Shall we try again, slowly?", "I was not a good teacher. / Let us start again.",
            "I will tell you a trick. / {tip}", mood="sorry", to="B")
    s.say("This time, {A} went {slowly}, [one small step after another|bit by bit|one thing at a time].",
          "{A} showed each step three times and [did not shout|waited].", "{A} [held|took] {B.ns} hand and did not let go.")
    s.maybe(60, "When it went wrong, they laughed and began again.", "\"That was better,\" said {A.n}. \"Once more!\"")
    s.say("{atlast} {good}!", "And after many tries, {good}!", "They tried and tried until {good}!")
    s.say("{B} [jumped up and down|danced around {A.o}|hugged {A.o}].",
          "\"I can do it! I can do it!\" [shouted|sang] {B.n}.")
    s.close(["{A} was {proud}, even more than on the day when {A.he} had learned it.",
            "\"You are the best teacher,\" said {B.n}, and that was the best prize.",
            "The next day, {B} taught it to {B.his} doll, very patiently." if s.hero.kind == "child"
            else "The next day, {B} taught it to a friend, very patiently."],
            ["A good teacher is patient.", "When you teach, you learn.", "Kind words help more than loud words."], "B")


TASKS = [
    ("carry a heavy basket up the hill", "[the basket was too heavy for one|the handle was broken|the hill was so steep]",
    "took the other [side of the basket|handle]"), ("push a cart out of the mud",
    "the wheels sank [deeper and deeper|in and did not turn]", "put [stones|boards|straw] under the wheels and pushed"),
    ("pick up apples that had rolled all over the road",
    "[there were so many of them|more and more rolled away|they went left and right]",
    "[picked up|caught|gathered] one apple after another"), ("find a pair of glasses",
    "it is hard to look for glasses without glasses",
    "[looked in the grass|crept under a bush|looked up] and found them[| on {S.his} own head]"),
    ("bring in the hay before the rain", "[the first drops fell|the sky was already black]",
    "took a [fork|rake] and worked [fast|without a stop]"), ("catch a goat that had run away",
    "[the goat was quicker|each time it jumped aside]", "held out a bunch of sweet grass and waited"),
    ("get a cat down from the roof", "the cat [did not want to come|only looked down]",
    "put a [board|ladder|long branch] against the wall, and the cat [walked|came] down"), ("put up a big tent",
    "the wind pulled at it", "held the [ropes|poles] with both [hands|arms]"),
    ("get across the busy road", "[nobody stopped|there were so many carts]",
    "held up a [hand|stick|red hat] and [walked along|went first]"), ("paint a long fence",
    "[the sun was already low|it seemed to have no end]", "took [the second|a] brush and began at the other end"),
]


@plot("helping", "child animal robot")
def helping(s):
    """The hero is on the way to something nice; somebody needs help; others pass by; help is paid back in an unexpected way."""
    rng = s.rng
    s.env["task"], s.env["hard"], s.env["helped"] = rng.pick(TASKS)
    s.strange = True
    s.stranger()
    s.friend()
    s.env["fun"] = rng.pick(("the fair", "a party", "the lake", "the circus", "a puppet show", "the playground",
        "{B.ns} house")) if s.hero.kind == "child" else rng.pick(("the lake", "a feast", "a party", "{B.ns} house",
        "the big dance"))
    s.env["B"].known = True
    s.open()
    s.say("{oneday}{A} was on the way to {fun}.", "{oneday}{A} wanted to go to {fun} and hurried down the road.",
          "{oneday}{A} put on {A.his} best hat and set out for {fun}.")
    s.scene(True, 50)
    s.say("On the road, {A} saw {S.o}. {S} [tried to|had to] {task}.", "There was {S.o}, who [wanted|tried] to {task}.",
          "Then {A} met {S.o}. {S} was trying to {task}.")
    s.say("But {hard}.", "It did not go well[| at all], for {hard}.", "That was [not easy|hard], for {hard}.")
    s.say("Some [people|others|neighbors] [looked|walked by|only laughed] and did not stop.",
          "\"I have [no time|much to do],\" [said|called] [one|a neighbor|a man with a stick|the first]. \"I am in a hurry,\" said [another|the next one|his wife].",
          "{A} looked around. Nobody [helped|stopped to help|else came].")
    s.say("{A} [stopped|stood still]. If {A.he} helped, {A.he} would be late.",
          "{A} wanted so much to go on. But {S} looked so [tired|sad].",
          "{A} did not want to miss the fun. But {A.he} could not just walk by.")
    s.speak("A", "May I help you?", "Wait, I will help!", "Let me give you a hand.", "Two can do it better than one.",
            mood="kind", to="S")
    s.par()
    s.say("{A} {helped}[| without a second thought].",
          "So {A} {helped}, and {S} [smiled|was glad|watched in surprise|helped, too].",
          "{A} [put down {A.his} bag|pushed up {A.his} sleeves|did not wait] and {helped}.")
    s.beat("work", 70)
    s.say("{atlast} it was done[|, and {A} and {S.n} sat down|, and {S} laughed with joy].",
          "{soon} all was well, and {S} [wiped {S.his} face|took a deep breath|shook {A.ns} hand|looked at {A.n} with a smile].")
    s.speak("S", "Thank you! / You have a good heart.", "I could not have done it without you.",
            "Now you are late because of me.", "You were the only one who stopped.", mood="kind", to="A")
    end = rng.below(4)
    if end == 0:
        s.say("When {A} came to {fun}, [it was over|it was already late|the others were going home]. {A} was {sad}.")
        s.say("But then {S} came with a big bag of {treats}. \"For the one who had time for me,\" {S.he} said.",
              "But {B} had [waited|kept a piece of cake for {A.o}|saved a place]. \"I knew you were [helping somebody|doing something good],\" {B.he} said.")
        endings = ["{A} and {B.n} [sat down and |]had a party of their own[| by the road| under the stars].",
            "So {A} did not miss a thing."]
    elif end == 1:
        s.say("{S} had a [cart|wagon|sled] with a [fast|strong|white|brown|young] horse. \"[Get on|Sit next to me],\" {S.he} said, \"and you will be [on time|there in a moment|the first one there].\""
              if s.hero.kind == "child"
              else "{S} knew a [short|secret|quick] way [through the woods|over the hill|along the river]. \"Come with me, and you will be [on time|the first one there],\" {S.he} said.")
        s.say("Off they went, [so fast that {A.ns} hat flew off|with the wind in {A.ns} face|over hills and bridges], and {A} [came just in time|was not late|was the first one there].")
        endings = ["{A} had the best seat of all, next to {A.his} new friend.",
            "It was a fine day, but the ride had been [the best part|better than {fun}]." if s.hero.kind == "child"
            else "{A} danced until the moon came up."]
    elif end == 2:
        s.say("{A} ran on and came [just before the end|very late|when it was almost over]. {A} was [dirty|tired|out of breath], but {A.he} felt {happy}.")
        s.say("\"[Where were you|Why are you so late]?\" asked {B.n}. When {A} told [{B.o}|the story], {B} said, \"[Next time, call me|Take me with you next time|You should have called me]. I will help, too.\"")
        endings = ["And so [they|{A.n} and {B.n}] did, [many times|the very next day].",
            "From that day on, {A} and {B.n} never walked past somebody in need."]
    else:
        s.say("[A week|Some days|A month] later, {A} fell [into a ditch|off a wall|over a root] and [could not get up|hurt {A.his} leg|could not walk]. Who came [down the road|by|along]? It was {S.n}!")
        s.say("\"Now [it is my turn|I can help you],\" said {S.n} and [carried|brought|took] {A.o} home.",
              "{S} [remembered {A.o}|was glad to help], and {S.he} carried {A.o} [all the way home|home on {S.his} back|to a warm bed].")
        endings = ["After that, they were friends, big and small.", "\"You see,\" said {S.n}, \"good things come back.\""]
    s.close(endings, ["Help others, and good things come back.", "There is always time to be kind.",
            "A helping hand is never too small."], "B" if end in (0, 2) else None)


GOALS = [
    ("{A.his} grandma's house", "{A} wanted to bring her a cake",
    "Grandma [stood at the door|looked out of the window|came out] and [opened her arms|cried with joy|clapped her hands]"),
    ("the sea", "{A} had never seen it",
    "[And there it was|There it lay], [blue|gray|green] and wide, without an end[|, and full of light]"),
    ("the top of the mountain", "{A} wanted to touch a cloud",
    "A [small|fat] white cloud came by. {A} put one hand in, and it was cool and [wet|soft]"),
    ("the end of the rainbow", "{A} had heard of a pot of gold",
    "There was no pot of gold, but there was a [field|valley|garden] full of [yellow|golden] [flowers|corn|butterflies]"),
    ("the old lighthouse", "{A} wanted to see its big lamp",
    "The lamp was as big as a [house|bus|barn], and its light went [far over the water|to the end of the world|round and round]"),
    ("the moon lake", "they said that the moon slept in it",
    "The moon lay in the water, [round|big|white] and [bright|still]"),
    ("the place where the river begins", "{A} wanted to know where [all the water|the water|the river] came from",
    "It was only a tiny spring under a [stone|root|bush], no bigger than a [cup|hat|plate]"),
    ("the wishing tree", "{A} had a wish",
    "Its leaves [were like|shone like] [silver|gold], and [every branch had a ribbon on it|{A} tied a ribbon to one branch]"),
    ("the great clock tower", "{A} wanted to hear its bells",
    "Ding, dong went the bells, so loud that [the birds flew up|{A} held {A.his} ears|the ground shook]"),
    ("the cave that sings", "{A} did not believe in it",
    "The wind went in and out, and [the cave|it] really [sang|hummed], [low and sweet|like an old man|like a choir]"),
]


@plot("journey", "child animal robot toy")
def journey(s):
    """To a far place, for a reason; two or three obstacles of different kinds; arrival; home changed."""
    s.they = "B"
    rng = s.rng
    s.friend()
    s.env["goal"], s.env["why"], arrive = rng.pick(GOALS if s.hero.kind in ("child", "animal") else GOALS[1:])
    s.open(mate="B" if rng.chance(45) else None, love=["to travel", "long walks", "to look at maps",
        "to dream of far places"] if rng.chance(50) else None)
    s.say("{oneday}{A} wanted to go to {goal}, because {why}." if "they said" not in s.env["why"]
          else "{oneday}{A} wanted to go to {goal}, for {why}.", "{oneday}{A} set out for {goal}, for {why}.")
    s.speak("B", "I will come with you!", "It is far. / We should take some bread." if s.hero.kind in ("child", "animal")
            else "It is far. / We should take a lamp.", "May I come, too?", mood="happy", to="A")
    s.say("They packed [a map|a rope], a {small} lamp, and {fruits}[ and went|, and off they went]."
          if s.hero.kind in ("child", "animal") else "They packed a map and a rope, and off they went.",
          "So they went off together, early in the morning.")
    s.scene(True, 40)
    obstacles = rng.sample([
        ("[Soon|First|After an hour|Before noon], [they|{A.n} and {B.n}] came to a [river|stream|brook] without a bridge.",
        "{A} [laid|put|pushed] a [log|tree trunk|long board] over it, and they went across, [one after the other|hand in hand|step by step].",
        "{B} [waited|called] until [an old turtle|a big swan|a man with a boat] came and carried them over."),
        ("Then the fog came, and {A} could not see [the path|a thing|{A.his} own feet].",
        "They held hands and [counted their steps|walked on|sang] until the fog was gone.",
        "{B} [sang loudly|rang a bell|called out again and again], so that they did not lose each other."),
        ("A [big|cross|fat] [dog|goose|goat|cow] [stood|sat] in the way and would not let [them|{A.n}] pass.",
        "{A} gave it some of the {fruits}, and it became their friend." if s.hero.kind in ("child", "animal")
        else "{A} spoke to it softly, and it became their friend.",
        "{A} was afraid, but [asked politely|bowed to it|said please], and it [stepped aside|let them go by|moved]."),
        ("{B} was [tired|worn out] and could not walk anymore.",
        "{A} took [both bags|{B.ns} bag], and they rested [under a tree|on a wall|by the road].",
        "{A} told such a [funny|good|silly] story that {B.n} forgot {B.his} [tired |]feet."),
        ("At a fork in the road, {A} [saw no sign|found no sign|did not know the way].",
        "{A} went left, but [it was a dead end|the path stopped at a wall]. So [it was|they went] right.",
        "{B} asked a {bird}, and it [flew ahead|hopped along] and showed them."),
        ("It began to rain, and there was no [house|roof|shed] near.",
        "{A} and {B.n} [crept|hid] under a [big leaf|bush|rock|bridge] and told [jokes|stories] until it stopped.",
        "{A} found a [cave|hollow tree|barn], and it was dry and [warm|quiet] [in there|inside]."),
        ("The [hill|path|bank] was so [steep|muddy] that {A} slid back down.",
        "{A} took [the|a] rope, tied it to a [tree|rock|root], and pulled {B.o} up.",
        "{A} and {B.n} went up like [a snail|two snails|turtles], slowly and without a [stop|rest].",
        "{B} pushed [from behind|from below], and {A} pulled [at the front|from the top].")], rng.pick((2, 2, 3)))
    for number, (problem, *ways) in enumerate(obstacles):
        if number == 1:
            s.par()
        s.say(problem)
        s.say(*ways)
    s.maybe(45,
        "\"[Is it still far|Shall we go back]?\" asked {B.n}. {A} [shook {A.his} head|said, \"Just a little more\"].",
        "{A} wanted to give up, but {B} took {A.his} hand.")
    s.say("{atlast} {A} and {B.n} were there. " + arrive + ".",
          "[In the evening|On the third day|When the sun was low|After many hours], [they|{A.n} and {B.n}] [came to|saw|reached] {goal}. " + arrive + ".",
          "One more hill, [one more turn|one last step|and one more], and {A} [saw it|called out]. " + arrive + ".")
    s.speak("A", "It is even better than I thought!", "It was worth every step.", "Look at that!", mood="happy", to="B")
    s.close(["They stayed until [the stars came out|it was dark|they were hungry], and the way home [was short|seemed short|was full of songs].",
            "{A} took home a small white stone, so that {A.he} would never forget.",
            "On the way back {A} and {B.n} made plans for [the next trip|a new trip|another journey].",
            "At home, {A} told everybody about it, and {B} told it once more."],
            ["With a friend, a long way is short.", "Step by step you can go far.",
            "The best part of a trip is who goes with you."], "B")


@plot("wish", "child animal robot toy")
def wish(s):
    """A wish on a star (a coin, a feather): it does not come as asked, but it comes; or the wish is given away."""
    rng = s.rng
    s.friend()
    s.env["want"], came = rng.pick((("be big",
        "A [small|young] {bird} was stuck in a [narrow|deep] [hole|pipe], and only a small hand could reach in. {A} pulled it out[| and felt ten feet tall]"),
        ("fly",
        "{B} pushed {A.o} on the swing, [higher and higher|up and up], until {A} [saw only sky|saw nothing but blue|was as high as the birds]"),
                                    ("see the moon up close",
                                    "{A} looked down, and the moon was in the [bucket|well], in the puddle, and in {B.ns} eyes"),
                                    ("find a treasure",
                                    "{A} [dug|scratched] in the [ground|garden], and there was a spring of clear, cold water. [Everybody|The whole village] came to drink"),
                                    ("be as strong as a bear",
                                    "{B} fell into a hole, and {A} held on and did not let go until {B.he} was out"),
                                    ("talk to the birds",
                                    "{A} sat so still [for so long|under the {tree}] that a {bird} [landed|sat down] on {A.his} [hand|shoe|head]"),
                                    ("hear the most beautiful song",
                                    "{A} [hummed|sang] to a [crying baby|sick lamb|sad little child], and [it|the little one] [smiled and fell asleep|grew quiet and smiled]")))
    s.open(love=["the stars", "the night sky", "to look at the moon"] if rng.chance(50) else None, plain=80, morning=False)
    s.say("One [evening|night], {A} saw a [falling|bright|shooting] star.",
          "One [night|evening], {A} [sat by the window|lay in the grass] and looked up. A star [fell from the sky|shot across the sky|fell].",
          "{A} found a [golden|white|soft] feather. [They said that such a feather brings luck|It was a lucky feather, everybody said].")
    s.dated = True
    s.say("{A} [closed|shut] {A.his} eyes and [made a wish|wished]. {A.he} wanted to {want}[ more than anything|].",
          "\"I wish I could {want},\" [whispered|said] {A.n}.")
    s.say("The next morning, {A} [jumped up|sat up in bed]. But [nothing was different|everything was the same].",
          "{A} waited [one day|a day and a night|for three days|a whole week]. [Nothing happened|But nothing came|It was all the same].",
          "In the morning, {A} looked [in the mirror|under the bed|at {A.his} hands] and out of the window. All was [as before|as always].")
    s.beat("sad", 70)
    s.maybe(70, "{B} asked, \"What is wrong?\" {A} told {B.o} about the wish.",
        "\"Wishes do not come true,\" {A} told {B.o}.")
    s.speak("B", "Maybe it takes time.", "Maybe it comes in another way.", "A wish needs some help from you.",
            "Stars are far away. / A wish must walk a long way.", mood="kind", to="A")
    s.par()
    tries = rng.sample(["{A} stood on a [chair|box|wall] and stretched {A.his} arms. It did not help.",
        "{A} [went to the hill|climbed on the roof|climbed the {tree}] to be closer to the [star|sky], but [the star was gone|that did not help|it was still far away].",
        "{A} wished [again|once more], [this time with both hands closed|twice as hard|three times in a row].",
        "{A} asked the [owl|old cat|wind], but got no answer.",
        "{A} wrote the wish on [paper|a leaf|a stone] and put it [under {A.his} pillow|on the window sill|into a bottle].",
        "{A} wanted to forget the wish and went [for a walk|to the river|to the meadow] with {B.o}."], 2)
    for t in tries:
        s.say(t)
    s.say("Then, [one day|one fine day|when {A} did not think of it], something happened.",
          "[A few days|Some time] later, something [strange|odd|wonderful] happened[ to {A.n}|].")
    s.say(came + ".")
    s.say("[All at once|Suddenly|Then] {A} [understood|knew]. The wish had come true[, only not as {A.he} had thought| in a strange way|].",
          "{A} laughed. So that was [it|{A.his} wish]! [It had come true|It was better than {A.he} had thought].",
          "\"My wish!\" {A} [cried|said]. \"It [came|came true] in another way!\"")
    s.say("{B} [smiled|nodded]. \"[Stars have their own ways|I told you],\" {B.he} said.", "{A} gave {B.o} a big hug.")
    s.close(["That night, {A} looked up and said, \"Thank you.\"", "High above them, a star [blinked|twinkled].",
            "After that, {A} kept both eyes open, because wishes come in many ways."],
            ["Wishes come true in their own way.", "Sometimes you already have what you wish for.",
            "Look around you, and you may find your wish."], "B")
