"""Plots about fair play and trust: a race, a secret, a swap."""

from .story import plot
from .world import Thing

SWEETS = [("cookie", "cookies"), ("muffin", "muffins"), ("apple", "apples"), ("bun", "buns"), ("pear", "pears"), ("jam tart",
    "jam tarts")]




@plot("race", "child animal robot")
def race(s):
    """A race that the hero wants to win; on the way there is somebody in need, or a trick, or a fall."""
    s.they = "B"
    rng = s.rng
    s.friend()
    s.place("field", "hill", "meadow", "park", "lane")
    s.open(love=["to run", "to run fast", "races"], mate="B" if rng.chance(30) else None)
    s.say("{oneday}there was a race {P.at}. {A} wanted to win.", "{oneday}{A} and {B.n} ran a race.",
          "{oneday}{B} said, \"[Let us race to the {tree}|I can run faster than you]!\"")
    s.say("{A} [practiced|ran up and down] every [day|morning] to get ready.",
          "{A} was [very fast|quick], but {B.n} was fast, too.", "[All the others|Many friends] came to [watch|cheer].")
    s.say("\"[Ready, set, go|One, two, three, go]!\" [called|shouted] {S}.",
          "A bell rang, and {A} and {B.n} [ran off|were off].", S=s.stranger())
    s.say("At first, {B.n} was ahead. Then {A} [caught up|came closer and closer].",
          "{A} ran and ran. {A.his} feet flew over the [ground|grass].",
          "{A} was first[ around the pond| at the big stone]. {B} was [just|right] behind.")
    s.par()
    end = rng.below(4)
    if end == 0:
        s.say("{suddenly} {B} [tripped|slipped] and fell. {A} [heard|saw] it.",
              "{then} there was a cry. {B} [had fallen|lay on the ground].")
        s.say("{A} could see the [line|end]. {A.he} could win! But {A} [stopped|turned around].",
              "For a moment {A} did not know what to do. Then {A.he} [ran|went] back.")
        s.speak("A", "Can you walk? / Hold on to me.", "Come, we will go together.",
                "A race is not so important. / Take my hand.", mood="kind", to="B")
        s.say("They [crossed the line|came in] last, arm in arm. [Everybody|All the others] cheered the loudest for them.")
        endings = ["{B} said that {A.n} was the best winner of all.",
            "{A} did not win a prize that day, but {A.he} won a friend.",
            "They got a [ribbon|medal] for [kindness|good hearts]."]
        morals = ["A good heart is better than fast feet.", "Winning is not everything."]
    elif end == 1:
        s.say("{A} saw a [short cut|small path|gap] [through the bushes|behind the barn|by the stream]. Nobody was [looking|there to see].",
              "{A} knew a path that was much shorter. It was [not allowed|against the rules].")
        s.say("{A} took it and [came in first|was first at the end]. [Everybody clapped|They gave {A.o} a ribbon|{B} came much later]. But {A} did not feel [happy|proud].")
        s.speak("A", "I did not win. / I took the short way.", "The prize is not mine. / {B.n} won.", mood="sorry")
        s.say("{A} gave the prize to {B.n}. It was hard, but now {A} [felt light|could breathe again].",
              "{B} was [surprised|quiet]. \"[It was brave to say that|Thank you for telling me],\" {B} said.")
        endings = ["The next day, they raced again, side by side and fair.", "{A} lost the race and kept a friend."]
        morals = ["It is better to lose than to cheat.", "The truth feels better than a prize."]
    elif end == 2:
        s.say("{A} [looked back|turned and laughed] and did not see the [stone|root]. Bump! {A} fell down.",
              "{A} was so far ahead that {A.he} [sat down to rest|stopped to eat {fruits}]. {A} fell asleep in the grass.")
        s.say("{B} [ran past|went by] and came in first.", "When {A} [got up|looked up], {B} was at the end.")
        s.say("{A} was {cross} [for a moment|at first]. Then {A.he} [went to|ran to] {B.o} and [shook {B.his} hand|held out a hand].")
        s.speak("A", "You ran well!", "You won. / That was a good race.", mood="kind", to="B")
        endings = ["\"[Let us|Shall we] race again tomorrow?\" asked {B.n}. {A} [nodded|grinned].",
            "They shared the prize, a big bag of {treats}."]
        morals = ["Do not cheer before the end.", "A good loser is a good friend."]
    else:
        s.say("{A} was slow on the hill, and {B} was slow on the stones. {A} and {B.n} came to the end at the very same time!",
              "They ran side by side, [step by step|nose to nose]. Nobody was first, and nobody was last.")
        s.speak("B", "Who won?", "Was it you or me?", mood="happy", to="A")
        s.speak("A", "We both did!", "I think we both won.", "The wind won!", mood="happy", to="B")
        s.say("They fell into the grass and laughed.", "They [drank|shared] some {drink} and [laughed|sat in the sun].")
        endings = ["They cut the ribbon in two, so that each had a half.", "The next time, they ran hand in hand."]
        morals = ["It is fun to run with a friend."]
    s.close(endings, morals, "B")


@plot("secret", "child animal toy")
def secret(s):
    """A friend tells a secret; the hero is asked about it; keeps it, or tells and mends, or knows when to tell."""
    rng = s.rng
    s.friend()
    s.friend(key="C", role="friend")
    while s.env["C"].name[0] == s.env["B"].name[0]:
        s.friend(key="C", role="friend")
    s.open(mate="B" if rng.chance(60) else None, plain=80)
    end = rng.below(3)
    if end == 2:
        s.env["sec"] = rng.pick(("my [tooth|tummy] hurts very much",
            "there is a noise in my room every night, and I cannot sleep",
            "a big [dog|goose] bites me on the way home"))
    else:
        s.env["sec"] = rng.pick(("there is a nest with [three|four] eggs in the {tree}",
            "I have a den under the [bridge|willow]", "I am making a gift for my [mom|grandma]",
            "I found a kitten in the barn", "I can [wiggle my ears|whistle with a leaf]",
            "I know where the best {fruits} grow"))
    s.say("{oneday}{B} [came close to|sat down next to] {A.o}.",
          "{oneday}{B} [took {A.o} behind the shed|pulled {A.o} into a corner].",
          "{oneday}{A} and {B.n} sat under [a tree|the table].")
    s.speak("B", "I have a secret. / You must not tell anyone.", "Can you keep a secret?",
            "I will tell you something. / It is a secret.", mood="whisper", to="A")
    s.speak("A", "I will not tell.", "I promise.", "You can trust me.", "My lips are shut.", mood="plain", to="B")
    s.say("\"{sec},\" [whispered|said] {B.n}[ into {A.ns} ear|].")
    s.par()
    if end == 2:
        s.say("{A} [thought about it all day|could not stop thinking of it]. {B} looked so {sad}.",
              "That was not a happy secret. It made {A.o} [worried|sad], too.")
        s.speak("A", "Some secrets are too [big|heavy] for us. / We must tell [a grown-up|your mom].",
                "I think we need help. / Come, we will tell together.", mood="kind", to="B")
        s.say("{B} was {scared}, but {A} [held {B.his} hand|came with {B.o}].")
        s.say("They told {B.ns} mom, and she [listened|hugged them both]. She [knew what to do|said they had done right|was not cross at all].")
        s.say("After [a few days|a week], {B} was well and [laughed|played] again.", "Soon the trouble was gone.")
        endings = ["\"Thank you for [helping|not leaving me alone with it],\" said {B.n}.",
            "{A} was glad that {A.he} had been brave."]
        morals = ["A secret that hurts must be told.", "Good friends help to carry heavy things."]
    else:
        s.say("{soon} {C} came by. \"[What did you two whisper about|What is the secret|Will you tell me, too]?\" {C} asked.",
              "The next day, {C} asked {A.o}, \"What did {B.n} tell you?\"")
        s.say("The secret [tickled|burned] on {A.s} tongue.", "{A} [wanted|wished] so much to tell!",
              "It is hard to keep a secret.")
        s.maybe(70, "\"I will give you [my red marble|two {treats}|a ride on my back],\" said {C.n}.",
            "\"Just a tiny bit,\" {C.n} begged.")
        if end == 0:
            s.speak("A", "No. / A promise is a promise.", "I cannot tell you. / Ask {B.n}.", "It is not my secret.",
                    mood="plain", to="C")
            s.say("{B} had [heard it all|stood behind the tree and heard it] and came out with a smile.",
                  "Later, {B} heard of it and was {happy}.")
            s.speak("B", "You are a true friend. / Now come, both of you!",
                    "I can trust you. / Now we will show {C.n}, too.", mood="happy", to="A")
            endings = ["Then all three of them went to see, and they kept the secret together.",
                "After that, {B} told {A.o} every secret, big or small."]
            morals = ["A true friend can keep a secret.", "Trust is like a [small bird|glass]. Hold it well."]
        else:
            s.say("Before {A} could stop, the words [were out|fell out of {A.his} mouth].",
                  "And then {A} told {C.o} everything.")
            s.say("When {B} heard about it, {B.he} was {sad} and {cross}.",
                  "{soon} everybody knew, and {B} [cried|would not talk to {A.o}].")
            s.speak("A", "I broke my promise. / I am so sorry.", "I am sorry. / I will never do it again.",
                    "I was wrong to tell.", mood="sorry", to="B")
            s.say("{B} was quiet for [a long time|a while]. {then} {B.he} [nodded|gave {A.o} a small smile].")
            endings = ["It took some time, but {B} trusted {A.o} again.",
                "To make up for it, {A} told {B.o} a secret of {A.his} own."]
            morals = ["Think before you speak.", "A promise is easy to break and hard to mend."]
    s.close(endings, morals, "B")


@plot("swap", "child animal robot")
def swap(s):
    """The hero swaps a dear thing for a shiny one, is sorry, and gets it back, or finds that the other needs it more."""
    rng = s.rng
    s.env["T"] = thing = Thing(rng.pick(("teddy bear", "toy rabbit", "hat", "scarf", "blanket", "toy dog", "cushion",
        "rag doll", "toy monkey")), rng.pick(("old", "brown", "soft", "worn", "gray")))
    s.env["N"] = other = Thing(rng.pick(("car", "crown", "whistle", "robot", "lamp", "horn", "top", "watch")),
        rng.pick(("shiny", "new", "golden", "silver", "bright")))
    s.friend()
    s.world.own(thing, s.hero)
    s.world.own(other, s.env["B"])
    s.open()
    s.say("{A} had {T.a}. {A.he} had had it since {A.he} was [very small|a baby]." if s.hero.kind != "robot"
          else "{A} had {T.a}. It was a gift from long ago.", "{A} always carried {T.a}[ under one arm|].",
          "{A} [slept|lived] with {T.a}. It was not pretty, but it was {A.his} own.")
    s.say("{oneday}{B} came with {N.a}.", "{oneday}{A} saw that {B.n} had {N.a}.", "{oneday}{B} showed {A.o} {N.a}.")
    s.say("It [shone|gleamed|sparkled] [in the sun|like a star|so bright]. {A} wanted it [so much|at once].",
          "{A} could not look away.")
    s.speak("A", "Will you swap?", "I will give you my {T.n} for it.", "Can we swap my {T.n} for your {N.n}?",
            mood="excited", to="B")
    s.speak("B", "Are you sure?", "Yes! / I like your {T.n}.", "All right. / Now it is yours.", mood="plain", to="A")
    s.world.give(thing, s.hero, s.env["B"])
    s.world.give(other, s.env["B"], s.hero)
    s.say("So {B} took {T}, and {A} took {N}.", "They swapped, and {A} ran home with {N}.")
    s.par()
    s.say("{A} [played with|looked at] {N} all day. But in the evening it was [cold and hard|just a thing].",
          "At first {A} was {happy}. But {N} could not [hug|be hugged|keep {A.o} warm].")
    s.say("That night, {A} could not sleep. [Something was missing|The bed was too big|It was not the same].",
          "{A} [thought of|missed] {T}. Was it [lonely|cold|safe|sad]? [Did it miss {A.n}, too|Where did it sleep now|Who held it now]?")
    end = rng.below(3)
    s.say("In the morning, {A} ran to {B.ns} house.", "As soon as it was light, {A} went to {B.o}.",
          "The next day, {A} [knocked|stood] at {B.ns} door.")
    s.speak("A", "Can we swap back, please?", "I miss my {T.n}. / [May I have it back|Can we swap again]?",
            "I made a mistake.", mood="sorry", to="B")
    if end == 0:
        s.speak("B", "Yes. / It missed you.", "I think it likes you best.", "Of course. / I miss my {N.n}, too.",
                mood="kind", to="A")
        s.world.give(other, s.hero, s.env["B"])
        s.world.give(thing, s.env["B"], s.hero)
        s.say("{A} [hugged|held] {T} and [smelled its old smell|did not let go].")
        endings = ["{A} never swapped {T} again, not for all the gold in the world.",
            "After that, {A} liked to look at shiny things, but {A.he} did not need them."]
    elif end == 1:
        s.say("But {B} [looked down|shook {B.his} head]. {B.he} had given it to {B.his} [baby brother|little sister], who [was ill|cried a lot].")
        s.say("The little one [slept|smiled] with {T} in both arms. {A} looked for a long time.")
        s.speak("A", "It can stay. / It has work to do here.", "Now it must help somebody else.", "Keep it. / I am big now.",
                mood="kind", to="B")
        endings = ["{A} went home with empty hands and a full heart.", "{A} came to visit {T} every [week|Sunday]."]
    else:
        s.speak("B", "I will give it back if you help me [find|feed] my [hens|rabbits].",
                "First you must help me clean my room!", mood="happy", to="A")
        s.say("{A} worked [hard|all morning], and {B} helped. {soon} it was done.")
        s.world.give(other, s.hero, s.env["B"])
        s.world.give(thing, s.env["B"], s.hero)
        s.say("{B} gave {T} back. \"[A deal is a deal|Here you are],\" {B.he} said.")
        endings = ["{A} hugged {T} all the way home.", "That night, {A} and {T} slept well."]
    s.close(endings, ["New is not always better.", "Not everything that shines is dear.",
            "We often see what we love when it is gone."], "B")
