"""How an agreement is signed."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SignedHow(models.TextChoices):
    """The grantee's ways to sign."""

    CODE = "code", _("with a code sent to the signatory")
    PAPER = "paper", _("by hand, on paper")
    MARK = "mark", _("with a mark, before a witness")


class CodeChannel(models.TextChoices):
    """Where a code goes."""

    EMAIL = "email", _("by e-mail")
    SMS = "sms", _("by message to the phone")


class SpokenLanguage(models.TextChoices):
    """Languages in which an agreement may be read aloud."""

    FR = "fr", _("French")
    SW = "sw", _("Swahili")
    LN = "ln", _("Lingala")
    LU = "lu", _("Tshiluba")
    KG = "kg", _("Kikongo")
    BEM = "bem", _("Bemba")
    EN = "en", _("English")
    OTHER = "other", pgettext_lazy("language", "Another one")


class WitnessRole(models.TextChoices):
    """Who may stand beside somebody who signs with a mark."""

    LOCAL_LEADER = "local_leader", _("Local leader")
    TEACHER = "teacher", _("Teacher or head of school")
    HEALTH_WORKER = "health_worker", _("Health worker")
    FAITH_LEADER = "faith_leader", _("Faith leader")
    SOCIAL_WORKER = "social_worker", _("Social worker")
    NOTARY = "notary", _("Notary or public officer")
    COMMUNITY = "community", _("Adult of the community, trusted by the signatory")
