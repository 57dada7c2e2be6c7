"""The words that fill the slots: names, animals, things, places, and pools of words that may stand for one another."""

GIRLS = """Lily Anna Mia Emma Lucy Sara Ella Zoe Nina Rosa Amy Jane Kate Molly Ruby Daisy Ivy Clara Alice Sophie Maya Nora
Eva Leah Julia Hannah Maria Tina Lola Penny Jill Beth Sally Wendy Gina Ida Kim Lena Nell Pia Rita Sue Vera Willa Yara Zara
Amina Bella Cora Dora Elsa Flora Mila Greta Hilda Jenny Kitty Mary Polly Susie Tilly""".split()

BOYS = """Tom Ben Max Sam Tim Leo Finn Noah Adam Luke Owen Theo Hugo Oscar Henry Peter Paul David Daniel Eli Evan Felix
George Harry Ian Jake John Kai Liam Nick Otto Omar Ray Rob Roy Sid Ted Toby Tony Victor Zack Alex Andy Billy Bobby Carl
Charlie Dan Eric Fred Joe Ken Jack Milo Ned Pablo Ravi Simon Walter Arthur""".split()

ANIMAL_NAMES = """Pip Bruno Hazel Coco Biscuit Button Nibble Patch Dot Tumble Bramble Pepper Maple Clover Puddle Waffle Rusty
Fern Momo Nutty Barnaby Pippin Tansy Velvet Juniper Acorn""".split()

ROBOT_NAMES = "Bolt Beep Zip Chip Gizmo Tick Rivet Bit Sprocket Dash Cog Zap".split()
TOY_NAMES = "Teddy Raggy Woody Marigold Captain Jingle Tuppence Rollo Dolly Muffin Felty Pom".split()

ANIMALS = """rabbit bear fox mouse squirrel hedgehog duck frog owl turtle kitten puppy lamb otter badger mole penguin
elephant monkey beaver""".split()
PETS = "kitten puppy rabbit hamster parrot turtle cat dog duckling guinea_pig".split()
TOYS = ["toy bear", "rag doll", "tin soldier", "wooden horse", "toy clown", "wool lamb"]

# noun, tags. soft: falls without a sound; rolls; floats; read; wear; small: fits into a pocket
TREASURES = [
    ("ball", "rolls play"), ("teddy bear", "soft"), ("doll", "soft"), ("hat", "soft wear"), ("scarf", "soft wear"),
    ("mitten", "soft wear small"), ("toy boat", "floats"), ("toy car", "rolls small"), ("toy train", "rolls"),
    ("marble", "rolls small"), ("whistle", "small"), ("bell", "small rolls"), ("drum", "play"), ("cup", "breaks"),
    ("book", "read"), ("button", "small rolls"), ("key", "small"), ("spoon", "small"), ("blanket", "soft"),
    ("ribbon", "soft small wear"), ("shell", "small"), ("ring", "small rolls wear"), ("pencil", "small rolls"),
    ("crayon", "small rolls"), ("coin", "small rolls"), ("kite", ""), ("bucket", ""), ("basket", ""), ("cap", "soft wear"),
    ("stone", "small rolls"), ("toy duck", "floats"), ("sock", "soft wear small"),
    ("toy rabbit", "soft"), ("paintbrush", "small"), ("lantern", ""), ("medal", "small rolls"), ("flute", "small"),
]

COLOURS = "red blue green yellow orange purple pink white brown golden silver".split()
LOOKS = "little shiny round soft bright pretty old new tiny striped spotted special".split()

TRAITS = """kind curious cheerful clever gentle brave quiet friendly lively playful careful thoughtful merry busy
bouncy dreamy polite funny sweet bold""".split()

# the, preposition, who goes there, tags
PLACES = [
    ("park", "in", "child toy robot"), ("garden", "in", "child animal robot toy"), ("beach", "on", "child"),
    ("meadow", "in", "child animal robot"), ("forest", "in", "animal child"), ("hill", "on", "child animal robot"),
    ("river", "by", "child animal"), ("pond", "by", "child animal"), ("farm", "on", "child animal"),
    ("playground", "on", "child"), ("orchard", "in", "child animal"), ("market", "at", "child robot"),
    ("field", "in", "child animal robot"), ("old bridge", "by", "child animal"), ("lake", "by", "child animal"),
    ("yard", "in", "child robot toy"), ("town square", "in", "child robot"), ("lane", "in", "child robot animal"),
]

LOVES = {
    "child": ["to paint", "to sing", "to climb trees", "to look at the stars", "to read", "to dance", "to ride a bike",
              "to draw animals", "to play in the sand", "to jump in puddles", "to bake with WHOSE grandma",
              "to make paper boats",
              "to collect shells", "to build towers", "to listen to stories", "to feed the ducks", "to play with blocks",
              "to help in the garden", "to count the birds", "to run in the grass", "to play the drum", "to make up songs"],
    "animal": ["to hop over stones", "to sing in the rain", "to roll down the hill", "to nap in the sun",
    "to splash in the water",
               "to pick berries", "to look at the moon", "to dig in the soft ground", "to chase butterflies",
               "to collect leaves", "to listen to the birds", "to smell the flowers", "to eat honey cake", "to tell jokes",
               "to play in the tall grass", "to walk in the woods"],
    "robot": ["to count things", "to fix things", "to learn new words", "to hum little songs", "to look at the stars",
              "to sort buttons", "to help people", "to roll very fast", "to draw circles"],
    "toy": ["to look out of the window", "to hear stories", "to dance at night", "to ride on the toy train",
            "to sit in the sun", "to play with the other toys", "to sing quiet songs", "to dream of the sea"],
}

POOLS = {
    "happy": ["happy", "glad", "full of joy", "delighted", "pleased", "cheerful", "very happy"],
    "sad": ["sad", "unhappy", "upset", "gloomy", "full of sorrow", "sad"],
    "scared": ["scared", "afraid", "frightened", "nervous"],
    "cross": ["cross", "angry", "mad"],
    "proud": ["proud", "proud and happy", "very proud"],
    "nice": ["nice", "lovely", "wonderful", "fine", "good", "beautiful"],
    "big": ["big", "large", "huge", "great big", "very big"],
    "small": ["small", "little", "tiny"],
    "color": COLOURS,
    "trait": TRAITS,
    "soon": ["Soon", "After a while,", "A little later,", "Before long,", "In a little while,", "Not long after,"],
    "then": ["Then", "Then", "After that,", "A moment later,", "And then", "A little later,"],
    "suddenly": ["Suddenly,", "All at once,", "Just then,", "At that moment,", "All of a sudden,"],
    "atlast": ["At last,", "In the end,", "Finally,", "After a long time,"],
    "quickly": ["quickly", "fast", "right away", "at once"],
    "slowly": ["slowly", "carefully", "very slowly", "with care"],
    "softly": ["softly", "gently", "quietly", "very softly"],
    "pan": ["bowl", "pot", "pan"],
    "fruit": ["apple", "pear", "plum", "peach", "banana", "orange"],
    "fruits": ["apples", "pears", "plums", "berries", "cherries", "grapes", "strawberries", "nuts"],
    "treat": ["cookie", "muffin", "slice of cake", "pancake", "honey cake", "bun", "cupcake", "piece of pie"],
    "treats": ["cookies", "muffins", "pancakes", "buns", "cupcakes", "jam tarts", "honey cakes"],
    "meal": ["soup", "bread and jam", "bread and honey", "rice", "porridge", "noodles", "warm milk", "toast", "cheese"],
    "drink": ["warm milk", "hot cocoa", "apple juice", "cool water", "lemon tea"],
    "flower": ["rose", "tulip", "sunflower", "violet", "buttercup"],
    "tree": ["oak", "apple tree", "pine tree", "willow", "pear tree", "tall tree", "old tree"],
    "bird": ["robin", "blackbird", "sparrow", "crow", "wren", "pigeon"],
    "bug": ["beetle", "butterfly", "ladybug", "snail", "bee", "ant", "cricket"],
    "weathernice": ["sunny", "warm", "bright", "clear", "fine"],
}
