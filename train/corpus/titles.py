"""Prompts that begin no sentence: a bare noun, a wish, a question, a few words. The story stands below, as under a title.

Slots: N what the hero is, M its name, T the thing, L what befalls it ("lost "), P the place. A title is used where the
story has all that it names.
"""

import re

from .sentences import with_articles
from .world import Place, Thing

_WHO = ["N", "the N", "a N", "The N", "A N", "N!", "N!!", "N story", "The little N", "The brave N", "The N's big day", "a N story",
        "a story about a N", "A story about a N", "story about a N", "The story of the N", "The sad N", "the N who was sad",
        "Tell me a story about a N", "tell me a story about a N", "Tell me about the N", "Tell me about a N.", "Write a story about a N",
        "Please tell me a story about a N.", "Can you tell me a story about a N?", "I want a story about a N", "I like N stories",
        "Make up a story about a N.", "Do you know the N?", "Who is the N?", "Where does the N live?", "What does a N eat?",
        "Why is the N so sad?", "Is there a N?", "What did the N do?", "How does a N sleep?", "I saw a N.", "I saw a N today.",
        "My friend is a N", "There is a N in my room", "I know a N.", "I have a N.", "I am a N", "Look, a N!", "Once there was a N.",
        "The N and the moon", "two friends and a N", "Give me a N", "A N for you", "What is a N?", "Can a N fly?", "Hello, N!",
        "Ns", "Ns!", "Ns!!", "the Ns", "The Ns", "two Ns", "Three Ns", "A story about Ns", "Tell me about Ns", "tell me a story about Ns",
        "I like Ns", "I love Ns!", "What do Ns eat?", "Where do Ns live?", "Can Ns fly?", "Why are Ns sad?", "Do Ns sleep?", "All Ns"]
_NAMED = ["M", "M!", "M the N", "M the N!", "The story of M", "A story about M", "a story about M the N", "a N named M",
          "A N named M", "a N called M", "A N called M.", "The N named M", "Tell me a story about M", "tell me about M",
          "Tell me a story about a N named M", "Tell me a story about a N called M.", "Write a story about M the N",
          "Can you tell me a story about M?", "I want to hear about M", "Who is M?", "Where is M?", "Why is M sad?", "What did M do?",
          "Do you know M?", "Do you know M the N?", "Hello M", "Hello, M!", "Hi, I am M.", "My name is M", "My name is M.", "I am M.",
          "I have a N named M", "I have a N named M.", "My N is called M", "This is M.", "This is M the N.", "M is a N.", "M is my N",
          "M's big day", "M and the moon", "The day M was brave", "How M found a friend", "Good night, M", "M goes out"]
_THING = ["LT", "the LT", "a LT", "The LT", "A LT", "T!", "my LT", "My LT", "a story about a LT", "A story about a LT",
          "Tell me a story about a LT", "tell me a story about a LT", "Tell me about the LT.", "Write a story about a LT",
          "Can you tell me a story about a LT?", "I want a story about a LT.", "Where is my T?", "Where is the T?", "Who has the T?",
          "What is a T for?", "What happened to the T?", "Whose T is it?", "I have a T", "I had a LT.", "I like my T.", "I found a T.",
          "Look at my T!", "the story of the LT", "The story of a LT", "Give me my T!", "How do you make a T?", "It was only a T"]
_BOTH = ["The N and the T", "the N and the LT", "The N who had a T", "the N who lost a T", "A N and a LT", "a N with a T",
         "Tell me a story about a N and a T", "A story about a N who had a T.", "The N has a T", "What does the N do with the T?",
         "Why does the N have a T?", "The N wants a T", "The N's T"]
_NAMED_BOTH = ["M and the T", "M and the LT", "M's LT", "Tell me about M and the T", "Tell me a story about M and a T.", "M has a T",
               "M wants a T.", "Why does M have a T?", "Where is M's T?", "M found a T", "How M got a T", "M the N and the T"]
_DREAD = ["The N who was afraid of F", "the N who was afraid of F", "a N that feared F", "Tell me a story about a N and F", "F", "F!", "Beware of F",
          "A N is afraid of F.", "Are you afraid of F?", "a story about F", "The N did not like F", "Why is the N afraid of F?", "I am afraid of F"]
_NAMED_DREAD = ["M was afraid of F", "M, who was afraid of F", "M and F", "M does not like F.", "Why is M afraid of F?", "how M lost the fear of F",
                "The N named M who was afraid of F", "M is scared of F", "a N named M was afraid of F", "M never liked F", "F!", "I am afraid of F"]
_PLACE = ["The N in the P", "A N at the P", "Tell me a story about a N in the P.", "the N from the P", "Why is the N at the P?",
          "The P", "A day at the P", "a story about the P"]
_NAMED_PLACE = ["M at the P", "M goes to the P", "M in the P", "Why did M go to the P?", "A story about M and the P."]
_NOTHING = ["hello", "Hello!", "hi", "Hi!", "test", "story", "a story", "A story", "Tell me a story", "tell me a story", "Tell me a story!",
            "Tell me something.", "Can you tell me a story?", "Who are you?", "What can you do?", "How are you?", "What is that?",
            "3 + 4 =", "1 2 3", "Why?", "Why is the sky blue?", "Why is the grass green?", "What is the moon made of?", "The end",
            "THE END", "abc", "...", "???", "Good morning", "Good night", "Good night!", "Please", "I am sad", "I am bored", "bedtime story",
            "a short story", "A funny story", "Help!", "Once", "Yes", "no", "Thank you", "What time is it?", "I cannot sleep."]


# Half sentences: who, what of them, where or when
_LEADS = ["", "", "", "", "Yesterday ", "One night ", "Why ", "When ", "Look, ", "I think ", "Do you know that ", "Far away ", "Suddenly ",
          "In the morning ", "In my house ", "Today ", "Because ", "Sometimes ", "Long before that ", "On Sunday ", "Is it true that ",
          "Nobody knows why ", "Last week ", "At night ", "Maybe ", "Behind the house ", "In the rain ", "What if ", "If only "]
_WHOM = ["the N", "a N", "the little N", "my N", "our N", "the old N", "one N", "that N", "the happy N", "some N", "this N", "every N",
         "the biggest N", "a very small N", "the other N"]
_NAMED_WHOM = ["M", "M", "M", "M", "M the N", "M, the N,", "my friend M", "little M", "the N M", "a N named M", "a N whose name is M",
               "a N called M", "our M", "poor M", "M and a friend", "M, who is a N,", "old M"]
_SOMEBODY = ["I", "we", "somebody", "nobody", "my mom", "my dad", "the boy", "the girl", "they", "she", "he", "the baby", "Lily", "Tom"]
_DID = ["went away", "was very sad", "woke up", "came home", "sat under a tree", "could not sleep", "ran and ran", "went to bed",
        "is my friend", "said hello", "was afraid of the dark", "ran away", "did not want to go to bed", "wants to play", "likes to sing",
        "who was sad", "who could not fly", "who had no friends", "who wanted to sing", "went out to play", "was hungry", "is lost",
        "got a letter", "was all alone", "who lived on the moon", "fell into a hole", "had a dream", "lives in the woods", "is the best",
        "went to sea", "must go home", "laughed", "was so small that nobody saw it", "came to my house", "in the snow", "on the hill",
        "and the dark night", "of the green hill", "with the big ears", "wanted a friend", "looked out of the window", "never said a word"]
_HAD = ["lost a T", "found a T", "wanted a T", "has a T", "and the T", "saw a T", "lived in a T", "with a T", "looked for a T",
        "made a T", "broke the T", "got a new T", "gave a T away", "dreamed of a T", "sat on a T", "took the T home", "without a T",
        "needs a T", "carried a T", "hid the T", "bought a T", "forgot the T", "opened the door and saw a T", "put the T under the bed",
        "who had a T", "who lost the T", "was afraid of the T", "likes the T", "had only a T", "and the old T", "threw the T away"]
_ENDS = ["", "", "", "", ".", ".", "!", "?", "...", ",", " and", " in the", " with a", " because", " one day", " again."]


def _half_sentence(rng, whom, did):
    lead = rng.pick(_LEADS)
    told = lead + rng.pick(whom) + " " + rng.pick(did) + rng.pick(_ENDS)
    return told if rng.chance(30) else told[0].upper() + told[1:]


_SLOT = re.compile(r"\b(?:LT|Ns|[FNMTP])\b")


def _plural(noun):
    return noun[:-1] + "ies" if re.search("[^aeiou]y$", noun) else noun + ("es" if re.search("(s|x|z|ch|sh)$", noun) else "s")


def title(s):
    """A title for the story, about its hero, its thing or its place, as far as it has them."""
    hero, rng = s.hero, s.rng
    named = not hero.nameless
    whom = _NAMED_WHOM if named else _WHOM
    pools = [_NAMED if named else _WHO, [_half_sentence(rng, whom, _DID)]]
    if named and hero.kind != "child" and rng.chance(40):
        pools.append(_WHO)
    words = {"N": hero.noun, "Ns": _plural(hero.noun), "M": hero.name}
    if "thing" in s.open_parts and "fear" in s.env:
        words["F"] = s.env["fear"]
        pools = [_NAMED_DREAD if named else _DREAD]
    elif type(thing := s.env.get("T")) is Thing:
        words["T"] = thing.noun
        words["LT"] = s.lost + " " + thing.noun if s.lost and rng.chance(70) else thing.noun
        both = [_NAMED_BOTH if named else _BOTH, [_half_sentence(rng, whom, _HAD)], [_half_sentence(rng, whom, _HAD)]]
        alone = [_THING, [_half_sentence(rng, _SOMEBODY, _HAD)]]
        pools = alone if not hero.given else both if rng.chance(60) else pools + alone
    elif type(place := s.env.get("P")) is Place:
        words["P"] = place.the[len("the "):]
        pools.append(_NAMED_PLACE if named else _PLACE)
    if not s.given:
        pools.append(_NOTHING)
    template = rng.pick(rng.pick(pools))
    s.titled = [words[slot[-1:] if slot == "LT" else slot[:1]] for slot in _SLOT.findall(template)]
    return _spoilt(rng, with_articles(_SLOT.sub(lambda slot: words[slot.group()], template)), words.values())


def _spoilt(rng, text, kept):
    """As people type: now and then without the full stop, or with a typo in another word than those of the story."""
    if rng.chance(30):
        text = text.rstrip(".?")
    kept = {word for phrase in kept for word in phrase.split()}
    typable = [word for word in re.findall(r"[a-z]{4,}", text) if word not in kept]
    if typable and rng.chance(7):
        word = rng.pick(typable)
        at = rng.below(len(word) - 2) + 1
        text = text.replace(word, word[:at] + rng.pick((word[at + 1] + word[at] + word[at + 2:], word[at + 1:], word[at] + word[at:])))
    return text
