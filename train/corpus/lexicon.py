"""The words that fill the slots: names, animals, things, places, and pools of words that may stand for one another.

These are the words that the model comes up with by itself, so they are few and come often: a tiny model spells a word
that it has seldom seen with somebody else's letters. What a prompt may name is in given.py.
"""

GIRLS = "Lily Anna Mia Emma Lucy Sara Ella Zoe Nina Rosa Amy Molly Ruby Daisy Clara Alice Maya Bella".split()

BOYS = "Tom Ben Max Sam Tim Leo Finn Noah Adam Luke Hugo Oscar Peter Paul Felix George Jack Billy".split()

# Each name is of one sex, so that a tiny model need not remember of whom it tells what.
ANIMAL_NAMES = {"he": "Pip Bruno Biscuit Patch Puddle Rusty".split(), "she": "Hazel Coco Button Dot Poppy Clover".split()}
ROBOT_NAMES = {"he": "Bolt Chip Cog".split(), "she": "Beep Zip Tick".split()}

# Of one sex only when they have no name: "the little fox" is a he
HE_ANIMALS = "bear fox hedgehog frog mole penguin monkey dog".split()
SHE_ANIMALS = "rabbit mouse squirrel duck owl turtle cat goose".split()
ANIMALS = HE_ANIMALS + SHE_ANIMALS
PETS = "kitten puppy rabbit turtle cat dog".split()

# noun, tags. soft: falls without a sound; rolls; small: fits into a pocket
TREASURES = [
    ("ball", "rolls"), ("teddy bear", "soft"), ("doll", "soft"), ("hat", "soft"), ("scarf", "soft"), ("toy boat", ""),
    ("toy car", "rolls small"), ("toy train", "rolls"), ("whistle", "small"), ("bell", "small rolls"), ("drum", ""),
    ("book", ""), ("button", "small rolls"), ("key", "small"), ("blanket", "soft"), ("shell", "small"),
    ("ring", "small rolls"), ("coin", "small rolls"), ("kite", ""), ("basket", ""), ("stone", "small rolls"),
    ("flute", "small"), ("sock", "soft small"), ("feather", "soft small"), ("spoon", "small"), ("cup", ""),
    ("box", ""), ("lamp", ""),
]

COLOURS = "red blue green yellow white golden silver".split()
LOOKS = "little shiny pretty old new round lucky".split()

TRAITS = """kind curious clever gentle brave quiet friendly careful merry funny happy honest patient busy
helpful silly""".split()

# the, preposition, who goes there
PLACES = [
    ("park", "in", "child robot"), ("garden", "in", "child animal robot"), ("beach", "on", "child"),
    ("meadow", "in", "child animal robot"), ("forest", "in", "animal child"), ("hill", "on", "child animal robot"),
    ("river", "by", "child animal"), ("pond", "by", "child animal"), ("farm", "on", "child animal"),
    ("playground", "on", "child"), ("market", "at", "child robot"), ("field", "in", "child animal robot"),
    ("lake", "by", "child animal"), ("yard", "in", "child robot"),
]

LOVES = {
    "child": ["to paint", "to sing", "to climb trees", "to look at the stars", "to read", "to dance", "to play in the sand",
              "to jump in puddles", "to bake with WHOSE grandma", "to build towers", "to listen to stories",
              "to feed the ducks", "to run in the grass", "to help in the garden", "to swim"],
    "animal": ["to hop over stones", "to sing in the rain", "to roll down the hill", "to splash in the water",
               "to look at the moon", "to dig in the ground", "to listen to the birds", "to smell the flowers",
               "to run in the grass", "to walk in the woods", "to pick berries", "to sit in the sun"],
    "robot": ["to count things", "to learn new words", "to sing little songs", "to look at the stars",
              "to help people", "to go very fast", "to fix things", "to watch the clouds"],
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
    "fruits": ["apples", "pears", "plums", "berries", "cherries", "nuts"],
    "treat": ["cookie", "muffin", "pancake", "bun"],
    "treats": ["cookies", "muffins", "pancakes", "buns", "honey cakes"],
    "meal": ["soup", "bread and jam", "bread and honey", "pancakes", "rice"],
    "drink": ["warm milk", "hot cocoa", "apple juice", "cool water"],
    "flower": ["rose", "tulip", "daisy"],
    "flowers": ["roses", "tulips", "daisies"],
    "tree": ["oak", "apple tree", "pine tree", "tall tree", "old tree"],
    "bird": ["crow", "owl", "bird"],
    "weathernice": ["sunny", "warm", "bright"],
}
