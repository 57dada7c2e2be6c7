"""Turns that come in many plots, always in the same words: asking and giving help, comfort, thanks, an apology, joy.

A small model learns each of them once. `Story.line` has somebody say one of LINES, `Story.event` tells one of
EVENTS (about the hero, {A}, and somebody else, {X}), and `Story.beat` sometimes tells how the hero feels.
"""

# what is said: name -> (mood, lines)
LINES = {
    "ask": ("plain", ["Can you help me, please?", "Please help me!", "Will you help me?", "I need some help."]),
    "offer": ("kind", ["I will help you.", "We can do it together.", "Let us do it together.", "Let me help you.",
                       "I have an idea. / We can do it together."]),
    "comfort": ("kind", ["Do not cry. / I will help you.", "Do not be sad. / I am here.", "It is all right. / I am with you.",
                         "Do not worry. / We will find a way.", "We will find a way."]),
    "courage": ("kind", ["You can do it.", "Take a deep breath. / You can do it.", "Do not give up.",
                         "I know you can do it.", "Do not be afraid. / I am with you."]),
    "thanks": ("happy", ["Thank you! / You are a good friend.", "Thank you so much!", "You are so kind. / Thank you!",
                         "Thank you for your help!"]),
    "sorry": ("sorry", ["I am sorry. / I was wrong.", "I am so sorry.", "I am sorry. / Please forgive me.",
                        "That was not nice of me. / I am sorry."]),
    "forgive": ("kind", ["It is all right.", "I am not angry anymore.", "I forgive you.", "Thank you for saying that.",
                         "Let us be friends again."]),
    "honest": ("kind", ["Thank you for the truth.", "I am glad you told me.", "It was brave to tell me.",
                        "I am not angry. / I am glad you told me."]),
    "glee": ("excited", ["We did it!", "Hooray! / We did it!", "Look at that!", "I am so happy!"]),
    "can": ("excited", ["I did it!", "I can do it!", "Look at me!", "Did you see that?"]),
    "praise": ("happy", ["Well done!", "I am so proud of you.", "I knew you could do it.", "You did so well!"]),
    "ohno": ("sad", ["Oh no! / What now?", "What should I do now?", "Oh no! / That is bad."]),
    "enough": ("sad", ["I cannot do it.", "It is too hard.", "I will never do it!", "I give up."]),
    "love": ("happy", ["It is beautiful! / Thank you!", "How lovely! / Thank you!", "I love it! / Thank you so much!",
                       "You made me so happy!"]),
}

# what is told; {X} is the other one
EVENTS = {
    "fails": ["But it did not work.", "That did not help.", "It was no use.", "{A} tried and tried, but it did not work."],
    "again": ["But {A} did not give up.", "{A} took a deep breath and tried again.", "{A} tried once more.",
              "{A} wanted to give up, but {A.he} tried again."],
    "comes": ["{then} {X} came by.", "{suddenly} {X} came along.", "{X} saw it and came to help.", "{X} heard it and came over."],
    "hug": ["{X} hugged {A.o}.", "{A} hugged {X.o}.", "{A} gave {X.o} a big hug.", "{X} gave {A.o} a big hug.",
            "{A.n} and {X.n} hugged each other."],
    "laugh": ["{A.n} and {X.n} laughed and laughed.", "{A} had to laugh, and {X} laughed, too.",
              "They looked at each other and laughed.",
              "{X} began to laugh, and then {A} laughed, too."],
    "alone": ["{A} was all alone.", "{A} sat all alone and was {sad}.", "{A} wanted to play, but nobody was there.",
              "{A} missed {X.o} very much.", "It was no fun without {X.o}."],
    "moved": ["{X} was {happy} and hugged {A.o}.", "{X} had tears of joy in {X.his} eyes.", "{X} could not believe it.",
              "{X} was so {happy} that {X.he} danced with {A.o}."],
    "work": ["{A} worked hard.", "{A} worked all day.", "{A} worked until the sun was low.",
             "It was hard work, but {A} went on."],
}

BEATS = {
    "sad": ["{A} was {sad}.", "{A} began to cry.", "A tear rolled down {A.ns} face.", "{A} looked down and said nothing.",
            "{A} was close to tears."],
    "sorry": ["{A.n} felt bad.", "{A.n} felt very bad about it.", "{A.ns} heart was heavy.", "{A.n} knew that it was wrong.",
              "{A.n} was sorry."],
    "scared": ["{A} was {scared}.", "{A.ns} heart beat fast.", "{A.ns} legs shook.", "{A} wanted to run away."],
    "think": ["{A} sat down and thought.", "{A} thought and thought.", "What should {A.n} do now?",
              "{A} did not know what to do.", "{A} thought about it for a long time."],
    "joy": ["{A} jumped for joy.", "{A} danced around.", "{A} was so {happy}!", "{A} could not stop smiling.",
            "{A.ns} heart was light."],
    "proud": ["{A} was {proud}.", "{A} felt {proud} and {happy}.", "{A} had never been so proud."],
}
