"""Words of the prompts that a model is measured by (prompts.py), which no story of the corpus has: names, what a hero may be,
things, and what is feared."""

NAMES = """Whiskers Bip Quillon Marvin Esme Gus Tilda Barnaby Cleo Dexter Fiona Igor Juno Kiki Lorenzo Mabry Nigel Odette
    Percy Roxy Stella Trixie Ursula Vinny Wilma Xavier Yuki Zelda Ferdinand Bubbles Ziggy Pablo Ingrid Matilda Rufus
    Sparky Tobias Winston Yara""".split()
HEROES = """walrus llama hippo lobster jellyfish meerkat platypus iguana moose flamingo porcupine ostrich buffalo gecko lynx
    mammoth cheetah armadillo toucan detective plumber ninja sheriff viking magician astronaut chef gladiator librarian
    submarine bulldozer spaceship snowmobile minotaur leprechaun vampire""".split()
THINGS = """skateboard trampoline microscope cactus saxophone calculator snorkel bathrobe doorknob envelope thermometer hairbrush
    banjo boomerang surfboard kettle ladle mousetrap notebook padlock raincoat sandal suitcase teaspoon thimble tuba
    typewriter wheelbarrow walnut waffle marshmallow battery harmonica jigsaw donut trampoline cookbook""".split()
FEARS = "thunder escalators mushrooms scissors broccoli snowstorms fireworks earthquakes".split()
