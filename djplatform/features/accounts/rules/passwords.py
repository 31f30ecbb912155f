"""Which passwords are good enough: long, and not the ones that everybody tries first.

NIST SP 800-63B, 3.1.1.2: length counts, composition rules do not, known breached passwords and
words of the context are refused.
"""

import re
from itertools import pairwise

SHORTEST = 10
LONGEST = 200
"""argon2 takes any length; the limit keeps a form from being a burden."""

_LEET = str.maketrans("@4301!5$7+", "aaeoiisstt")
_TAIL = re.compile(r"[\d\W_]+$")
_NO_LETTER = re.compile(r"[\d\W_]+")
_OWN_PART = 5
"""Letters that must be left when the names of the context are taken away."""
_DIGITS = "12345678901234567890"
_HEAD = re.compile(r"^[\d\W_]+")

# The stems of the passwords that head every list of breached ones, as they are left when digits
# and signs at both ends are taken away: `Password1!`, `qwerty12345` and `iloveyou2024` all match.
_STEMS = """
    aaaaaaaaaa abc abcabc abcabcabc abcd abcde abcdef abcdefg abcdefgh abcdefghi abcdefghij access
    administrator admin adminadmin alexander amanda america andrew angel angels anthony apple
    arsenal asdf asdfasdf asdfgh asdfghj asdfghjkl asdfjkl ashley azerty azertyuiop babygirl
    badboy bailey baseball basketball batman beautiful blink blinkfourtwo bonjour brandon
    butterfly canada changeme charlie cheese chelsea chocolate chris computer cookie corvette
    daniel default diamond doctor dolphin donald dragon eminem estrella family ferrari football
    forever freedom friends fuckyou gabriel ganesh george ginger google guest hannah harley
    heather hello hellohello hottie hunter iloveu iloveyou iloveyousomuch internet jackson jasmine
    jennifer jessica jesus jesuschrist jordan joseph joshua justin killer letmein letmeinnow
    liverpool london lovely loveme lovelove maggie manchester marina martin master matrix matthew
    melissa mercedes michael michelle mickey monkey monster mother mustang myspace mypassword
    naruto nicole nothing ohmygod orange oliver pass passpass password passwordpassword passw
    passwd patrick peanut pepper playboy pokemon princess purple qazwsx qazwsxedc qqww qweasd
    qweasdzxc qwerasdf qwert qwerty qwertyqwerty qwertyu qwertyui qwertyuio qwertyuiop rainbow
    rangers realmadrid rockyou robert samantha samsung secret security shadow soccer sophie
    spiderman starwars startrek stella steven summer sunshine superman superstar swordfish taylor
    teamo tequiero test testing testtest thomas thunder tigger tinkerbell trustno trustnoone
    twilight unknown user victoria welcome welcomewelcome whatever william winter wizard yamaha
    yankees zaqxsw zaqwsx zxcvbn zxcvbnm deejay djdjdj discjockey dancefloor housemusic
    technomusic turntable turntables dropthebeat
"""
BREACHED = frozenset(_STEMS.split())


def weakness(password: str, *, email: str = "", words: tuple[str, ...] = ()) -> str:
    """Why a password is refused, as a key: short, long, common, simple, personal; or empty.

    `words` are names that a guesser would try first: the person's, the brand's.
    """
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    folded = password.casefold()
    if len(set(folded)) < 5:
        return "simple"
    if _is_sequence(folded) or _stems(folded) & BREACHED:
        return "common"
    own = {
        email.partition("@")[0].casefold(),
        *(w for text in words for w in text.casefold().split()),
    }
    rest = bare = folded.translate(_LEET)
    for word in own:
        if len(word) >= 4:
            rest = rest.replace(word, "")
    few = len(_NO_LETTER.sub("", rest)) < _OWN_PART
    return "personal" if few and rest != bare else ""


def _stems(folded: str) -> set[str]:
    """The word inside, with digits and signs at its ends dropped or read as letters."""
    bare = _HEAD.sub("", _TAIL.sub("", folded))
    return {folded, bare, bare.translate(_LEET), folded.translate(_LEET)} - {""}


def _is_sequence(folded: str) -> bool:
    """Whether it only counts up or down, or repeats a short piece: `1234567890`, `abab…`."""
    steps = {ord(b) - ord(a) for a, b in pairwise(folded)}
    if steps in ({1}, {-1}) or folded in _DIGITS or folded in _DIGITS[::-1]:
        return True
    length = len(folded)
    return any(
        length % size == 0 and folded == folded[:size] * (length // size)
        for size in range(1, length // 2 + 1)
    )
