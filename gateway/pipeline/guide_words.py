"""What the page of a guide says of its own, in French."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["FRENCH"]

# fmt: off
FRENCH: Mapping[str, str] = MappingProxyType({
    "What we take from this partner as {type} in version {version}":
        "Ce que nous acceptons de ce partenaire : {type}, version {version}",
    "What we send this partner as {type} in version {version}":
        "Ce que nous envoyons à ce partenaire : {type}, version {version}",
    "Envelope": "Enveloppe",
    "sender (ISA05, ISA06)": "émetteur (ISA05, ISA06)",
    "receiver (ISA07, ISA08)": "destinataire (ISA07, ISA08)",
    "any": "indifférent",
    "none": "aucun",
    "as received": "comme reçu",
    "element separator we write": "séparateur d'éléments que nous écrivons",
    "component separator we write": "séparateur de composants que nous écrivons",
    "repetition separator we write": "séparateur de répétitions que nous écrivons",
    "segment terminator we write": "fin de segment que nous écrivons",
    "line break behind each segment": "saut de ligne après chaque segment",
    "characters": "caractères",
    "interchange version we write (ISA12)":
        "version d'interchange que nous écrivons (ISA12)",
    "what": "objet",
    "value": "valeur",
    "Segments in order": "Segments dans l'ordre",
    "Segments in detail": "Segments en détail",
    "segment": "segment",
    "name": "nom",
    "use": "emploi",
    "max use": "emploi maximal",
    "loop repeats": "répétitions de la boucle",
    "no limit": "sans limite",
    "guide": "guide",
    "not used": "non utilisé",
    "required by the guide": "exigé par le guide",
    "required": "obligatoire",
    "used": "utilisé",
    "optional": "facultatif",
    "element": "élément",
    "data element": "élément de donnée",
    "type": "type",
    "length": "longueur",
    "codes": "codes",
    "composite": "composite",
    "{count} codes of the standard": "{count} codes de la norme",
    "and": "et",
    "or": "ou",
    "all of them or none": "tous ou aucun",
    "at least one of them": "au moins un",
    "at most one of them": "au plus un",
    "asks for": "exige",
    "asks for one of": "exige l'un de",
    "rule": "règle",
    "reason": "motif",
    "Example from {name}:": "Exemple tiré de {name} :",
    "Findings that weigh otherwise": "Constats d'une autre gravité",
    "finding": "constat",
    "findings": "constats",
    "meaning": "signification",
    "weighs": "gravité",
    "Item numbers": "Numéros d'article",
    "whose": "à qui",
    "qualifiers, the preferred one first":
        "qualifiants, le préféré en premier",
    "ours": "les nôtres",
    "theirs": "les leurs",
    "Acknowledgements": "Accusés de réception",
    "Each group is answered with a {ack} before the orders are checked; it says"
    " whether they could be read, never whether prices or items are right.":
        "Chaque groupe reçoit en réponse un {ack} avant le contrôle des commandes ; il"
        " dit si elles ont pu être lues, jamais si les prix ou les articles sont"
        " justes.",
    "A missing segment is told at the last segment that was read.":
        "Un segment manquant est signalé à la position du dernier segment lu.",
    "A missing segment is told behind the last segment that was read.":
        "Un segment manquant est signalé à la position qui suit le dernier segment lu.",
    "An interchange is answered with a TA1 where ISA14 asks for it.":
        "Un interchange reçoit un TA1 en réponse si ISA14 le demande.",
    "An interchange is answered with a TA1 where ISA14 asks for it, and"
    " whenever it is rejected.":
        "Un interchange reçoit un TA1 en réponse si ISA14 le demande, et chaque fois"
        " qu'il est rejeté.",
    "An interchange is never answered with a TA1.":
        "Un interchange ne reçoit jamais de TA1 en réponse.",
    "What departs from the standard on the wire is refused.":
        "Ce qui s'écarte de la norme dans l'enveloppe et les octets est rejeté.",
    "What departs from the standard on the wire is accepted, and told.":
        "Ce qui s'écarte de la norme dans l'enveloppe et les octets est accepté et"
        " signalé.",
    "What departs from the standard on the wire is mended where it has one"
    " possible meaning, and told.":
        "Ce qui s'écarte de la norme dans l'enveloppe et les octets est corrigé quand"
        " un seul sens est possible, et signalé.",
    "the finding": "le constat",
    "the message is": "le message est",
    "reject": "rejet",
    "error": "erreur",
    "warning": "avertissement",
    "note": "note",
    "refused": "rejeté",
    "accepted with errors noted": "accepté avec erreurs signalées",
    "accepted": "accepté",
    "{message} {version} is sent": "{message} {version} est envoyé",
    "within {hours} hours": "dans un délai de {hours} heures",
    "It leaves when the ERP has confirmed.":
        "Il part quand le progiciel de gestion a confirmé.",
    "It leaves with our decision; a held order waits for a person.":
        "Il part avec notre décision ; une commande en attente est tranchée par une"
        " personne.",
    "How orders are decided": "Comment les commandes sont décidées",
    "what we find": "ce que nous constatons",
    "what we do": "ce que nous faisons",
    "has to be there": "doit être présent",
    "has to be there, once with": "doit être présent, une fois avec",
    "is not used": "n'est pas utilisé",
    "takes only": "n'admet que",
    "takes also": "admet aussi",
    "may be as short as": "longueur minimale",
    "may be as long as": "longueur maximale",
    "may stand this often:": "nombre maximal d'occurrences :",
    "pairs from": "paires à partir de",
    "on": "et suivants",
    "always": "toujours",
    "only": "seulement",
    "where": "où",
    "unless": "sauf si",
    "required:": "obligatoire :",
    "not used:": "non utilisé :",
    "price in tolerance": "prix dans la tolérance",
    "price differs": "prix différent",
    "missing price": "prix absent de la commande",
    "no price": "aucun prix en vigueur",
    "currency wrong": "mauvaise devise",
    "unknown item": "article inconnu",
    "ambiguous item": "article ambigu",
    "not on contract": "hors contrat",
    "discontinued": "article supprimé",
    "unit not allowed": "unité non admise",
    "quantity": "quantité",
    "totals wrong": "totaux faux",
    "date past": "date passée",
    "cancel before ship": "annulation avant expédition",
    "lead time": "délai d'approvisionnement",
    "order kind": "type de commande sans accord",
    "terms unread": "condition de prix non lue",
    "allowances": "remise sans accord",
    "ship to unknown": "lieu de livraison inconnu",
    "contract wrong": "mauvais contrat",
    "check digit": "clé de contrôle",
    "ubl broken": "règle UBL enfreinte",
    "ubl unjudged": "document UBL sans verdict",
    "revocation unknown": "révocation inconnue",
    "order value": "montant de la commande",
    "duplicate same": "doublon identique",
    "duplicate other": "doublon différent",
    "mapping": "lecture de la commande",
    "replay": "première réponse répétée",
    "reject order": "commande rejetée",
    "reject line": "ligne rejetée",
    "hold": "mise en attente",
    "substitute": "article de remplacement",
    "backorder": "mise en reliquat",
    "reschedule": "date reportée",
    "change": "confirmé avec notre valeur",
    "accept": "accepté tel quel",
})
# fmt: on
"""The page's words and sentences, by the English ones."""
