"""The words that fill the slots: names, animals, things, places, and pools of words that may stand for one another.

These are the words that the model comes up with by itself, so they are few and come often: a tiny model spells a word
that it has seldom seen with somebody else's letters. What a prompt may name is in given.py.
"""

GIRLS = "Lily Anna Mia Emma Lucy Sara Zoe Amy Daisy Bella".split()

BOYS = "Tom Ben Max Sam Tim Leo Finn Peter Jack Billy".split()

# Each name is of one sex, so that a tiny model need not remember of whom it tells what.
ANIMAL_NAMES = {"he": "Pip Bruno Patch Rusty".split(), "she": "Hazel Coco Dot Poppy".split()}
ROBOT_NAMES = {"he": "Bolt Chip".split(), "she": "Beep Zip".split()}

# Of one sex only when they have no name: "the little fox" is a he
HE_ANIMALS = "bear fox frog dog".split()
SHE_ANIMALS = "rabbit mouse duck owl cat turtle".split()
ANIMALS = HE_ANIMALS + SHE_ANIMALS
PETS = "rabbit turtle cat dog".split()

# noun, tags. soft: falls without a sound; rolls; small: fits into a pocket
TREASURES = [
    ("ball", "rolls"), ("hat", "soft"), ("scarf", "soft"), ("toy boat", ""), ("toy train", "rolls"), ("drum", ""),
    ("book", ""), ("button", "small rolls"), ("blanket", "soft"), ("ring", "small rolls"), ("coin", "small rolls"),
    ("kite", ""), ("stone", "small rolls"), ("flute", "small"), ("sock", "soft small"), ("spoon", "small"), ("cup", ""),
    ("lamp", ""),
]

COLOURS = "red blue green yellow white golden".split()
LOOKS = "little old new round".split()

TRAITS = "kind curious clever gentle brave quiet friendly careful funny happy honest silly".split()

# the, preposition, who goes there
PLACES = [
    ("park", "in", "child robot"), ("garden", "in", "child animal robot"),
    ("meadow", "in", "child animal robot"), ("forest", "in", "animal child robot"), ("hill", "on", "child animal robot"),
    ("river", "by", "child animal"), ("pond", "by", "child animal"), ("field", "in", "child animal robot"),
    ("lake", "by", "child animal"), ("yard", "in", "child robot"),
]

LOVES = {
    "child": ["to paint", "to sing", "to climb trees", "to look at the stars", "to read", "to dance",
              "to listen to stories", "to run in the grass", "to play in the garden", "to swim"],
    "animal": ["to sing in the rain", "to run down the hill", "to play in the water", "to look at the moon",
               "to listen to the birds", "to look at the flowers", "to run in the grass", "to walk in the woods",
               "to sit in the sun"],
    "robot": ["to count things", "to learn new words", "to sing little songs", "to look at the stars",
              "to help others", "to go very fast", "to fix things"],
}

POOLS = {
    "happy": ["happy", "glad"],
    "sad": ["sad"],
    "scared": ["scared", "afraid"],
    "cross": ["angry"],
    "proud": ["proud", "very proud"],
    "nice": ["nice", "lovely", "wonderful", "beautiful"],
    "small": ["small", "little", "tiny"],
    "color": COLOURS,
    "trait": TRAITS,
    "soon": ["Soon", "After a while,"],
    "then": ["Then", "Then", "After that,"],
    "suddenly": ["Suddenly,", "All at once,"],
    "atlast": ["At last,", "In the end,"],
    "slowly": ["slowly", "carefully"],
    "softly": ["softly", "gently", "quietly"],
    "fruits": ["apples", "pears", "berries"],
    "treat": ["cookie", "bun"],
    "treats": ["cookies", "pancakes", "buns"],
    "meal": ["soup", "bread and jam", "bread and honey", "pancakes"],
    "drink": ["warm milk", "hot soup"],
    "flower": ["red flower", "white flower"],
    "flowers": ["red flowers", "white flowers", "yellow flowers"],
    "tree": ["apple tree", "tall tree", "old tree"],
    "bird": ["crow", "bird"],
    "weathernice": ["sunny", "warm", "bright"],
}
