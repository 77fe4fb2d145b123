"""Families of questions that differ in one thing: what is asked, or about what.

A family has slots (things talked about) and frames (what is asked, each in several wordings with `{}` for the thing). Every slot with every
frame is a group of texts that mean the same; groups of one family are each other's look-alikes: same words, other meaning. A slot
may have several names (`a|b`), which mix freely.
"""


def expand(rows, rng, per_family=160):
    """Groups {family, frame, slot, texts} of every family, at most `per_family` of each, in a fixed order."""
    groups = []
    for row in rows:
        own = []
        for frame, wordings in row["frames"].items():
            for slot in row.get("slots") or [""]:
                names = slot.split("|")
                texts = []
                for wording in wordings:
                    texts.append(wording.replace("{}", rng.choice(names)))
                if len(names) > 1:
                    texts += [rng.choice(wordings).replace("{}", name) for name in names]
                own.append({"family": row["family"], "frame": frame, "slot": names[0], "texts": list(dict.fromkeys(texts))})
        rng.shuffle(own)
        groups += own[:per_family]
    return groups
