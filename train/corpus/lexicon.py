"""The words that fill the slots: names, animals, things, places, and pools of words that may stand for one another."""

GIRLS = """Lily Anna Mia Emma Lucy Sara Ella Zoe Nina Rosa Amy Kate Molly Ruby Daisy Ivy Clara Alice Maya Nora Eva Julia
Hannah Lola Penny Sally Lena Amina Bella Greta Polly Tilly Jane Sophie Leah Ida Mila Jenny Cora Flora Susie Wendy""".split()

BOYS = """Tom Ben Max Sam Tim Leo Finn Noah Adam Luke Owen Theo Hugo Oscar Henry Peter Paul David Eli Felix George Harry Jack
Jake Omar Ravi Toby Victor Billy Charlie Simon Fred Ned Evan Ian John Kai Otto Roy Andy Carl Milo""".split()

ANIMAL_NAMES = """Pip Bruno Hazel Coco Biscuit Button Patch Dot Bramble Poppy Maple Clover Puddle Waffle Rusty Momo Nibble Tumble
Fern Velvet""".split()
ROBOT_NAMES = "Bolt Beep Zip Chip Gizmo Tick Rivet Dash Zap Cog".split()

ANIMALS = """rabbit bear fox mouse squirrel hedgehog duck frog owl turtle kitten puppy lamb mole penguin monkey beaver goose
pony""".split()
PETS = "kitten puppy rabbit parrot turtle cat dog duckling".split()

# noun, tags. soft: falls without a sound; rolls; small: fits into a pocket
TREASURES = [
    ("ball", "rolls"), ("teddy bear", "soft"), ("doll", "soft"), ("hat", "soft"), ("scarf", "soft"), ("toy boat", ""),
    ("toy car", "rolls small"), ("toy train", "rolls"), ("marble", "rolls small"), ("whistle", "small"),
    ("bell", "small rolls"), ("drum", ""), ("book", ""), ("button", "small rolls"), ("key", "small"), ("blanket", "soft"),
    ("ribbon", "soft small"), ("shell", "small"), ("ring", "small rolls"), ("pencil", "small rolls"),
    ("coin", "small rolls"), ("kite", ""), ("bucket", ""), ("basket", ""), ("cap", "soft"), ("stone", "small rolls"),
    ("toy rabbit", "soft"), ("paintbrush", "small"), ("lantern", ""), ("flute", "small"), ("toy duck", ""),
    ("mitten", "soft small"), ("sock", "soft small"), ("crayon", "small rolls"), ("medal", "small rolls"),
    ("feather", "soft small"), ("cushion", "soft"),
    ("toy horse", ""),
]

COLOURS = "red blue green yellow orange pink purple white brown silver".split()
LOOKS = "little shiny bright pretty old new golden round striped".split()

TRAITS = """kind curious cheerful clever gentle brave quiet friendly playful careful merry funny lively polite thoughtful
bold""".split()

# the, preposition, who goes there
PLACES = [
    ("park", "in", "child robot"), ("garden", "in", "child animal robot"), ("beach", "on", "child"),
    ("meadow", "in", "child animal robot"), ("forest", "in", "animal child"), ("hill", "on", "child animal robot"),
    ("river", "by", "child animal"), ("pond", "by", "child animal"), ("farm", "on", "child animal"),
    ("playground", "on", "child"), ("market", "at", "child robot"), ("field", "in", "child animal robot"),
    ("lake", "by", "child animal"), ("yard", "in", "child robot"), ("woods", "in", "animal child"), ("orchard", "in",
                                                                                                     "child animal"),
    ("town square", "in", "child robot"), ("old mill", "by", "child animal robot"),
]

LOVES = {
    "child": ["to paint", "to sing", "to climb trees", "to look at the stars", "to read", "to dance", "to play in the sand",
              "to jump in puddles", "to bake with WHOSE grandma", "to collect shells", "to build towers", "to listen to stories",
              "to feed the ducks", "to run in the grass", "to help in the garden", "to ride a bike", "to draw animals",
              "to make paper boats", "to count the birds", "to play with blocks"],
    "animal": ["to hop over stones", "to sing in the rain", "to roll down the hill", "to splash in the water", "to pick berries",
               "to look at the moon", "to dig in the ground", "to listen to the birds", "to smell the flowers",
               "to run in the grass", "to walk in the woods", "to collect leaves", "to chase butterflies",
               "to nap in the sun", "to eat berries"],
    "robot": ["to count things", "to learn new words", "to hum little songs", "to look at the stars", "to sort buttons",
              "to help people", "to roll very fast", "to fix things", "to draw circles"],
}

POOLS = {
    "happy": ["happy", "glad", "full of joy"],
    "sad": ["sad", "unhappy"],
    "scared": ["scared", "afraid"],
    "cross": ["cross", "angry"],
    "proud": ["proud", "very proud"],
    "nice": ["nice", "lovely", "wonderful", "beautiful"],
    "small": ["small", "little", "tiny"],
    "color": COLOURS,
    "trait": TRAITS,
    "soon": ["Soon", "After a while,", "A little later,"],
    "then": ["Then", "Then", "After that,"],
    "suddenly": ["Suddenly,", "All at once,", "Just then,"],
    "atlast": ["At last,", "In the end,", "Finally,"],
    "slowly": ["slowly", "carefully", "very slowly"],
    "softly": ["softly", "gently", "quietly"],
    "fruits": ["apples", "pears", "plums", "berries", "cherries", "grapes", "nuts", "peaches", "strawberries"],
    "treat": ["cookie", "muffin", "pancake", "bun", "cupcake", "honey cake", "slice of bread"],
    "treats": ["cookies", "muffins", "pancakes", "buns", "cupcakes", "honey cakes", "jam tarts", "waffles"],
    "meal": ["soup", "bread and jam", "bread and honey", "rice", "pancakes", "toast and cheese"],
    "drink": ["warm milk", "hot cocoa", "apple juice", "cool water", "lemon tea"],
    "flower": ["rose", "tulip", "sunflower", "violet", "daisy"],
    "tree": ["oak", "apple tree", "pine tree", "pear tree", "willow", "tall tree", "old tree"],
    "bird": ["robin", "blackbird", "sparrow", "crow", "pigeon", "magpie"],
    "bug": ["beetle", "butterfly", "snail", "bee", "ant"],
    "weathernice": ["sunny", "warm", "bright", "fine"],
}
