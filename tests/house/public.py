"""Doors that open for anybody, or that other packages keep, each with its reason. A line that is not needed fails."""

# Doors of ours that anybody may open.
PUBLIC: dict[str, str] = {
    "fundmgmt:gallery": "shows the components of the site with invented content",
}

# Doors that are not ours: who keeps them.
KEPT_BY_OTHERS: dict[str, str] = {
    "account_": "sign-up, sign-in, password and e-mail: django-allauth asks for what each needs",
    "mfa_": "second factor: django-allauth asks for a sign-in and a fresh password",
    "set_language": "changes the language of the one who asks; Django's own view takes POST only",
    "admin:": "Django's administration asks for is_staff; workflow rows are read-only there",
}
