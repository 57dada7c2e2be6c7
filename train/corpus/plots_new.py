"""Plots in which things change: a new house, the first day of school, a hard winter and the spring after it."""

from .story import plot
from .world import Character, Thing

PLANS = [("go on a picnic", "the basket [was packed|stood by the door|was full]", "child animal"), ("fly a kite",
    "the kite [lay|stood] by the door", "child"), ("go to the [zoo|fair]", "the shoes were on", "child"),
         ("have a party in the garden", "the [table|cake] stood under the tree", "child animal toy"),
         ("go swimming in the lake", "the towels were [in the bag|on the chair|packed]", "child animal"),
         ("climb the big hill", "the [sandwiches|boots] were ready", "child animal"), ("sleep in a tent",
         "the tent stood in the yard", "child"), ("play ball in the field", "all the others were waiting",
         "child animal robot"),
         ("ride in the red wagon", "the wagon was clean and ready", "child animal robot toy")]




@plot("moving", "child animal robot toy")
def moving(s):
    """A new home: all is strange; the old things, a friendly neighbour or a find make it home."""
    s.they = "K"
    rng = s.rng
    s.kin()
    s.friend(role="new friend")
    b = s.env["B"]
    b.first = "a " + b.noun + " named " + b.name
    s.env["T"] = Thing(rng.pick(("lamp", "blanket", "picture", "chair", "clock", "rug")), "old")
    s.open(plain=80)
    s.say("{oneday}{K} said, \"We will move to [a new house|another town|a house by the river].\"",
          "{oneday}all the things were put into boxes. {A} had to move to a new house.",
          "{oneday}{A} and {K.n} moved to a new town.")
    s.say("{A} did not want to go. {A.he} said goodbye to the [tree|stairs|stove|cat next door], the [gate|garden|yard], and {A.his} old [room|window|bed].",
          "{A} [looked back|waved] until the old [house|gate|street] was [very small|gone|only a dot].")
    s.beat("sad", 60)
    s.say("The new house was [big|tall|strange] and [empty|cold|gray]. It smelled of [paint|dust|soap].",
          "In the new house, [the stairs creaked|the doors were too big|it was too quiet], and {A} [could not find a thing|did not know where to sit|got lost on the way to the kitchen].")
    s.speak("A", "I want to go home.", "This is not my room.", "Nobody knows me here.",
            "Even the moon looks different here.", mood="sad", to="K")
    s.speak("K", "A house needs time to become a home.", "I miss the old house, too.",
            "Let us look for one good thing every day.", mood="kind", to="A")
    s.par()
    end = rng.below(4)
    if end == 0:
        s.say("They opened the first box. There was {T.a}, the one from {A.s} old room.",
              "{A} looked for {A.his} {T.full} and found it [at the bottom of the last box|under ten towels|in the [kitchen|third] box].")
        s.say("{A} put it [next to the bed|in the corner|under the window]. Now one [corner|small place] [looked|felt] like home.",
              "{A} put it by the window, and at once the room was [warmer|not so strange].")
        endings = ["Every day, [one more corner|one more room] [became home|felt right], until {A} [liked the whole house|knew every board in the floor].",
            "That night, {A} said good night to {T}, and then to the new room, too."]
    elif end == 1:
        s.say("Then {A} saw a small hole in the fence. An eye looked through it!",
              "{suddenly} something flew over the fence. It was a ball.")
        s.speak("B", "Hello! / Are you the new one?", "Do you want to play?", "I am {B.n}. / I live next door.",
                mood="happy", to="A")
        s.say("It was {B.n}, who lived there. {B} showed {A.o} [the pond|the best tree|where the {fruits} grew].",
              "{B} showed {A.o} every [corner|path] and every friendly dog.")
        endings = ["When {A} came home that evening, {A.he} noticed it: {A.he} had said \"home.\"",
            "After that, the two played together every day."]
    elif end == 2:
        s.say("{A} went to look at every room. Behind a [little door|curtain|big cupboard], {A.he} found [narrow stairs|a small room under the roof|a ladder].")
        s.say("Up there was a round window. {A} could see the [hills|sea|whole town]!",
              "There was an old [chest|box|doll] with a note: \"[Be happy here|This is a good house|The stars are best from here|I loved this room|Look under the third step]. The child who lived here before.\"")
        s.speak("A", "This will be my place!", "Come up and see!", "I found one good thing!", mood="excited", to="K")
        endings = ["From then on, {A} sat there every evening and watched the stars.",
            "{A} put a note there, too, for the one who would come after {A.o}."]
    else:
        s.say("In the evening, there was a knock. Outside stood {B.n} with {treats}.",
              "Then the bell rang. It was {B.n} from next door, with a pot of soup.")
        s.speak("B", "Welcome! / We are glad that you are here.", "You must be hungry after so much work.",
                "We were new here once, too.", mood="kind", to="A")
        s.say("[They all|{A}, {K.n}, and {B.n}] sat on [boxes|the floor|the stairs] and [ate|talked|drank {drink}], for there were no [chairs|plates|lamps] yet. [How they laughed|It was like a picnic|It tasted so good|It was a feast]!")
        endings = ["Now {A} knew one name, and the next day {A.he} knew ten.",
            "The house still smelled of [paint|dust], but now [it was not empty anymore|there was laughter in it|also of {treats}|{A} did not mind]."]
    morals = ["It takes a friend to make a new place home."] if end in (1, 3) else ["Home is where your loved ones are."]
    s.close(endings, morals + ["New things need a little time."], "B" if end in (1, 3) else "K")


@plot("first_day", "child")
def first_day(s):
    """The first day at school, and the small thing that turns it."""
    s.they = "B"
    rng = s.rng
    s.kin(labels=("mom", "dad", "grandma"))
    s.friend(role="new friend")
    b = s.env["B"]
    b.first = "a " + b.noun + " named " + b.name
    s.env["S"] = Character("the teacher", "she" if s.hero.he == "he" else "he", "grown", "teacher")
    s.open(plain=80)
    s.say("{oneday}it was {A.ns} first day at school.", "{oneday}{A} had to go to school for the first time.",
          "{A} was [old|big] enough for school now. [Today was|It was] the first day.")
    s.dated = True
    s.say("{A} had a [new|{color}] [bag|coat|cap] and [clean|shiny|new] shoes, but {A.his} tummy felt [funny|strange|cold].",
          "{A} had not [slept|eaten] much. {A.his} [bag|lunch] was [packed|ready], but [{A.his} heart was heavy|{A.he} was not|{A.his} feet did not want to go].")
    s.speak("A", "Can you stay with me?", "What if nobody likes me?", "I want to stay at home.", "What if I get lost?",
            mood="scared", to="K")
    s.speak("K", "I will be here when the bell rings.", "They are all new, just like you.",
            "Put this [button|stone|ribbon] into your pocket. / When you hold it, think of me.", mood="kind", to="A")
    s.say("The school was so [big|loud], and there were so many [children|shoes and coats]. {A} [felt very small|held on tight].",
          "The door was [red|green|brown] and very [tall|heavy]. {A} went in [alone|with small steps|last of all].")
    s.say("{A} sat down [in the last row|by the window|near the door] and [did not say a word|looked at {A.his} shoes|counted the lamps].",
          "Everybody [talked|laughed], but {A} [looked at the floor|held on to {A.his} bag].")
    s.par()
    end = rng.below(4)
    if end == 0:
        s.say("{then} {A} heard somebody cry. It was {B.n}. {B.he} was even more afraid than {A.n}.",
              "Next to {A.o} sat {B.n}, and {B.his} lip was shaking.")
        s.speak("A", "Do not cry. / We can be afraid together.", "Hold my [button|hand]. / It helps.",
                "It is my first day, too.", mood="kind", to="B")
        s.say("{B} [wiped {B.his} nose|nodded]. {soon} they both [felt better|were drawing together].")
    elif end == 1:
        s.say("The teacher asked for [the names|everybody's name]. When it was {A.ns} turn, [only a squeak came out|{A.he} only squeaked|there was just a squeak]. [Everybody|The whole class] laughed, but {B} said, \"I like [your squeak|that].\"")
        s.say("{A} looked up and [grinned|had to laugh]. Now it was [easy|not so bad].",
              "{B} squeaked, too, and then the whole class squeaked. Even the teacher [laughed|squeaked|had to laugh].")
    elif end == 2:
        s.say("At lunch, {A} opened {A.his} box. There was [bread|cake|cheese] in it, cut like a [heart|star]. But {B} had [no lunch|forgotten {B.his} lunch|only an old apple].",
              "At lunch, {A} sat alone. Then {A} saw that {B.n} had nothing to eat.")
        s.speak("A", "Do you want half of mine?", "You can have some. / It is too much for me.", mood="kind", to="B")
        s.say("They sat and ate together. {B} [told a joke|knew a good game|made a funny face], and {A} [forgot to be {scared}|laughed so hard that [milk came out of {A.his} nose|{A.he} fell off the bench|{A.his} tummy hurt]].")
    else:
        s.say("Then the teacher opened a big book and read a story about [a bear|a dragon|a ship|a mouse king|the moon]. It was so [good|funny] that {A} [forgot everything|forgot to be {scared}|leaned forward to hear it all].")
        s.say("After that they all [painted|drew] it. {B} had no [green|blue|black], and {A} had no [red|brown|yellow], so they shared.")
    s.say("When the bell rang, {K} was waiting [at the gate|outside|by the door]. {A} [ran out|came out with a grin|waved].",
          "{soon} the day was over, and {K} stood [at the gate|under the tree|in the yard]. {A} [ran|skipped] over.")
    s.speak("K", "How was it?", "Was it very bad?", "Tell me everything!", mood="kind", to="A")
    s.speak("A", "Can I go again tomorrow?", "Do I have to go home now?", "I have a new friend!", "It was too short!",
            mood="happy", to="K")
    s.close(["{A} [talked|told stories] all the way home and did not stop until [bedtime|supper|it was dark].",
            "The next morning, {A} was the first one at the gate.",
            "{A} put {A.his} bag next to the bed, ready for the next day."],
            ["Everybody is new once.", "Begin with one friend, and the rest is easy.",
            "First days are hard, and then they are good."], "B")


@plot("winter_birds", "child animal robot")
def winter_birds(s):
    """Somebody small is hungry or cold; the hero gives; in spring it comes back."""
    rng = s.rng
    s.weather = "cold"
    noun = rng.pick(("robin", "sparrow", "wren", "crow", "blackbird"))
    s.env["S"] = Character("the " + noun, "she" if s.hero.he == "he" else "he", "animal", noun,
        first="a " + rng.pick(("thin", "little", "tired")) + " " + noun)
    s.friend()
    s.open(morning=True, love=["birds", "to watch the birds", "to look at the snow"] if rng.chance(50) else None)
    s.say("{oneday}{A} saw {S.o} in the snow.", "{oneday}{S} sat [in front of the door|on the window sill] and shivered.",
          "[It was winter|It was a hard winter|Winter had come]. {S} looked in at {A.s} window.")
    s.dated = True
    s.say("The ground was [hard|frozen|white|like stone], and {S} [found|had] nothing to eat.",
          "{S} [pecked|looked] here and there, but there was only [ice|snow].")
    s.speak("A", "Are you hungry?", "You poor little thing!", "Wait here. / I have an idea.", "You must be cold.",
            mood="kind", to="S")
    s.say("{A} had only one [slice of bread|bun|cookie] left. {A.he} [gave|held out|threw] half of it to {S.o}."
          if s.hero.kind != "robot" else "{A} did not eat, but {A.he} found [a bag of corn|some seeds] in the shed.",
          "{A} brought [crumbs|seeds|nuts] and put them on the sill.")
    s.say("{S} [ate|picked up] [every crumb|it all|bit after bit] and looked at {A.n} with [one bright eye|bright eyes|{S.his} head to one side].",
          "At first, {S} was afraid and flew [away|up]. But {A} [waited very quietly|stood still as a stone|went back inside|sang a soft song|sat down in the snow], and {S.he} came [back|down].")
    s.maybe(60, "\"It is only a bird,\" said {B.n}. \"But it is hungry,\" said {A.n}.",
        "The next day, {S} came back and brought [two|three] friends.")
    house = rng.chance(50)
    if house:
        s.say("{A} and {B.n} built a little house for {S.o} out of [an old box|wood|a milk carton|boards|straw].")
    else:
        s.say("Every morning, {A} put out food, even when it was [dark|very cold].",
              "When a storm came, {A} let {S.o} sit in [the shed|a warm basket|the barn].")
    s.par()
    s.say("Then spring came, and the [snow|ice] was gone. {S} [flew away|was gone, too|did not come anymore].",
          "The winter [went by|was long, but it ended|passed]. One day, {S} [did not come anymore|was gone].",
          "[The days got longer|It got warmer], and [one day|one morning] {A} [waited|looked] for {S.o}, but {S.he} did not come.")
    s.beat("sad", 70)
    end = 2 if house and rng.chance(60) else rng.pick((0, 1, 3))
    if end == 0:
        s.say("But one morning, {A} heard a song [in the {tree}|on the roof]. It was {S.n}!",
              "Then {A} found a [blue feather|shiny stone|red berry] on the sill. It was a present.")
        endings = ["All summer long, {S} sang for {A.o}."]
    elif end == 1:
        s.say("But [the bugs|many bugs] came and ate the [leaves|beans|roses] in {A.s} garden. {A} did not know what to do.")
        s.say("{suddenly} {A} [heard|saw] {S.n} with [all {S.his} friends|ten others]. They ate [every bug|bug after bug|until not one was left].")
        endings = ["The garden was [green|safe] again, and {A} laughed. \"Now you [gave me something|helped me],\" {A.he} said.",
            "\"Thank you,\" {A} called up to the tree, and the birds sang back."]
    elif end == 2:
        s.say("But then {A} saw a nest in the little house. There were [three|four|five] eggs in it!",
              "{B} [called|waved]. \"Come and look!\" In the {tree} was a nest, and {A} saw [three|four] hungry, open beaks.")
        endings = ["{A} and {B.n} watched every day until the small ones could fly.",
            "When the young ones flew for the first time, they flew [once|twice|three times] around {A.ns} [head|house|garden]."]
    else:
        s.say("One day, {A} was [lost|alone] in the [woods|fog|dark forest]. [Each|Every] path looked the same.")
        s.say("{suddenly} {S} sat on a [branch|stone|bush], flew [a bit|ahead], and waited. {A} followed [{S.him}|{S.n}] from [tree to tree|branch to branch] until {A.he} saw [the house|smoke from the house|the light at home].")
        endings = ["\"You did not forget me,\" said {A.n}.",
            "That winter, and every winter after, {A} put [food|bread|seeds] on the sill."]
    s.close(endings, ["Kindness comes back on wings.", "A little bread can be a big gift.", "Be kind to the small ones."],
            "B" if end == 2 else None)
