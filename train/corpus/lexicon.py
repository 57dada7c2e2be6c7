"""The words that fill the slots: names, animals, things, places, and pools of words that may stand for one another."""

GIRLS = """Lily Anna Mia Emma Lucy Sara Ella Zoe Nina Rosa Amy Kate Molly Ruby Daisy Ivy Clara Alice Maya Nora Eva Julia
Hannah Lola Penny Sally Bella Greta Polly Jane Sophie Ida""".split()

BOYS = """Tom Ben Max Sam Tim Leo Finn Noah Adam Luke Owen Theo Hugo Oscar Henry Peter Paul David Eli Felix George Harry Jack
Jake Omar Ravi Toby Victor Billy Fred Ned Walter""".split()

# Each name is of one sex, so that a tiny model need not remember of whom it tells what.
ANIMAL_NAMES = {"he": "Pip Bruno Biscuit Patch Bramble Puddle Rusty Nibble Tumble Acorn".split(),
                "she": "Hazel Coco Button Dot Poppy Maple Clover Momo Fern Velvet".split()}
ROBOT_NAMES = {"he": "Bolt Chip Gizmo Rivet Cog".split(), "she": "Beep Zip Tick Dash Buzz".split()}

# Of one sex only when they have no name: "the little fox" is a he
HE_ANIMALS = "bear fox hedgehog frog mole penguin monkey beaver pony badger elephant panda raccoon".split()
SHE_ANIMALS = "rabbit mouse squirrel duck owl turtle kitten puppy lamb goose otter giraffe zebra seal".split()
ANIMALS = HE_ANIMALS + SHE_ANIMALS
PETS = "kitten puppy rabbit parrot turtle cat dog duckling hamster canary".split()

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
    ("toy horse", ""), ("spoon", "small"), ("cup", ""), ("comb", "small"), ("umbrella", ""), ("glove", "soft small"),
    ("slipper", "soft"), ("pillow", "soft"), ("telescope", ""), ("compass", "small"), ("puppet", "soft"), ("mask", ""),
    ("brush", "small"), ("bracelet", "small"), ("yo-yo", "rolls small"), ("sweater", "soft"), ("toy dragon", ""),
    ("toy plane", ""), ("magnet", "small"), ("trumpet", ""), ("fan", ""), ("watch", "small"), ("toy tiger", "soft"),
    ("wallet", "small"), ("helmet", ""), ("backpack", "soft"), ("purse", "small soft"), ("apron", "soft"), ("globe", "rolls"),
    ("camera", ""), ("tambourine", ""), ("rattle", "small"), ("locket", "small"), ("toy truck", "rolls"), ("pinwheel", ""),
    ("toy lion", "soft"), ("toy ship", ""),
]

COLOURS = "red blue green yellow orange pink purple white brown silver black gray".split()
LOOKS = """little shiny bright pretty old new golden round striped spotted special colorful lucky fancy
precious checkered""".split()

TRAITS = """kind curious cheerful clever gentle brave quiet friendly playful careful merry funny lively polite thoughtful
bold honest patient sweet dreamy busy helpful jolly calm eager loyal generous hopeful daring silly""".split()

# the, preposition, who goes there
PLACES = [
    ("park", "in", "child robot"), ("garden", "in", "child animal robot"), ("beach", "on", "child"),
    ("meadow", "in", "child animal robot"), ("forest", "in", "animal child"), ("hill", "on", "child animal robot"),
    ("river", "by", "child animal"), ("pond", "by", "child animal"), ("farm", "on", "child animal"),
    ("playground", "on", "child"), ("market", "at", "child robot"), ("field", "in", "child animal robot"),
    ("lake", "by", "child animal"), ("yard", "in", "child robot"), ("woods", "in", "animal child"),
    ("orchard", "in", "child animal"), ("library", "in", "child robot"), ("zoo", "at", "child"), ("harbor", "by", "child robot"),
    ("valley", "in", "animal child"), ("clearing", "in", "animal"), ("fountain", "by", "child robot"),
    ("station", "at", "child robot"), ("stream", "by", "child animal"), ("vineyard", "in", "child animal"),
    ("town square", "in", "child robot"), ("old mill", "by", "child animal robot"), ("museum", "in", "child robot"),
    ("swamp", "in", "animal"), ("canal", "by", "child robot"), ("cornfield", "in", "child animal"), ("dunes", "in", "child"),
    ("campsite", "at", "child"), ("bakery", "at", "child"), ("brook", "by", "child animal"), ("cliff", "on", "animal"),
]

LOVES = {
    "child": ["to paint", "to sing", "to climb trees", "to look at the stars", "to read", "to dance", "to play in the sand",
              "to jump in puddles", "to bake with WHOSE grandma", "to collect shells", "to build towers", "to listen to stories",
              "to feed the ducks", "to run in the grass", "to help in the garden", "to ride a bike", "to draw animals",
              "to make paper boats", "to count the birds", "to play with blocks", "to skip rope", "to tell jokes",
              "to watch the clouds", "to play chess",
              "to plant flowers", "to swim", "to solve riddles", "to play the guitar", "to catch frogs",
              "to catch snowflakes", "to hunt for treasure", "to knead dough", "to do puzzles", "to play hide and seek",
              "to blow bubbles", "to wear costumes", "to write letters", "to lie in the hammock", "to march in circles",
              "to hear about knights", "to make mud pies", "to bang on pans", "to chase the waves", "to knit", "to sew",
              "to watch the trains"],
    "animal": ["to hop over stones", "to sing in the rain", "to roll down the hill", "to splash in the water", "to pick berries",
               "to look at the moon", "to dig in the ground", "to listen to the birds", "to smell the flowers",
               "to run in the grass", "to walk in the woods", "to collect leaves", "to chase butterflies",
               "to nap in the sun", "to eat berries", "to sniff the fresh air", "to balance on logs", "to whistle",
               "to watch the fish", "to race the wind", "to collect pebbles", "to rest in the shade", "to drink from the brook",
               "to hide in the reeds", "to gather twigs", "to follow the ants", "to bathe in the river", "to doze in the hay", "to chew on roots",
               "to jump over ditches", "to swing on vines"],
    "robot": ["to count things", "to learn new words", "to hum little songs", "to look at the stars", "to sort buttons",
              "to help people", "to roll very fast", "to fix things", "to draw circles", "to polish spoons",
              "to measure things", "to play chess", "to stack cans", "to dust the shelves", "to tidy the drawers",
              "to print pictures", "to weigh stones", "to wind up clocks", "to blink at the moon", "to beep a tune",
              "to collect springs"],
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
    "fruits": ["apples", "pears", "plums", "berries", "cherries", "grapes", "nuts", "peaches", "strawberries", "oranges",
               "melons", "bananas", "raspberries", "figs", "apricots", "lemons", "blackberries"],
    "treat": ["cookie", "muffin", "pancake", "bun", "cupcake", "honey cake", "slice of bread", "pretzel", "lollipop",
              "doughnut", "scone", "brownie", "candy"],
    "treats": ["cookies", "muffins", "pancakes", "buns", "cupcakes", "honey cakes", "jam tarts", "waffles", "biscuits",
               "pretzels", "doughnuts", "scones", "brownies", "sandwiches"],
    "meal": ["soup", "bread and jam", "bread and honey", "rice", "pancakes", "toast and cheese", "noodles", "porridge",
             "potatoes", "beans and corn", "spaghetti", "fish and rice", "lentils", "toast and eggs"],
    "drink": ["warm milk", "hot cocoa", "apple juice", "cool water", "lemon tea", "lemonade", "mint tea", "ginger tea",
              "warm broth", "orange juice", "herb tea"],
    "flower": ["rose", "tulip", "sunflower", "violet", "daisy", "lily", "buttercup", "poppy", "bluebell",
               "marigold", "orchid"],
    "flowers": ["roses", "tulips", "sunflowers", "violets", "daisies", "lilies", "buttercups", "poppies", "bluebells",
                "marigolds", "snowdrops"],
    "tree": ["oak", "apple tree", "pine tree", "pear tree", "willow", "tall tree", "old tree", "birch", "maple",
             "chestnut tree", "beech", "fir tree", "palm tree", "cedar", "elm"],
    "bird": ["robin", "blackbird", "sparrow", "crow", "pigeon", "magpie", "swallow", "owl", "wren", "seagull", "cuckoo", "jay",
             "woodpecker", "thrush"],
    "weathernice": ["sunny", "warm", "bright", "fine"],
}
