"""Doors that open for anybody, or that other packages keep, each with its reason. A line that is not needed fails."""

# Doors of ours that anybody may open.
PUBLIC: dict[str, str] = {
    "fundmgmt:home": "open calls and how to sign in; what is personal is shown to oneself only",
    "fundmgmt:how_it_works": "whoever thinks of applying must know the path first",
    "fundmgmt:rules": "everybody who is judged by a rule may read it, who decided it, and since when",
    "fundmgmt:rule": "the same for one rule and its history",
    "fundmgmt:health": "watchers have no account; it says three words and nothing about anybody",
    "fundmgmt:join": "somebody invited has no account yet; the signed link is the key",
    "set_language": "everybody chooses the language they read in; it changes nothing else",
    "fundmgmt:gallery": "shows the components of the site with invented content",
}

# Doors that are not ours: who keeps them.
KEPT_BY_OTHERS: dict[str, str] = {
    "account_": "sign-up, sign-in, password and e-mail: django-allauth asks for what each needs",
    "mfa_": "second factor: django-allauth asks for a sign-in and a fresh password",
    "admin:": "Django's administration asks for is_staff; workflow rows are read-only there",
}
