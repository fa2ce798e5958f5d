"""Texts of other packages, which do not say them in Swahili: named here, so that our own catalogues keep them."""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

SIGN_IN = (
    _("Email"),
    _("Email address"),
    _("Password"),
    _("Password (again)"),
    _("Current Password"),
    _("New Password"),
    _("New Password (again)"),
    _("Remember Me"),
    _("Forgot your password?"),
    _("Code"),
    _("Authenticator code"),
    _("Incorrect code."),
    _("The email address and/or password you specified are not correct."),
    _("A user is already registered with this email address."),
    _("You must type the same password each time."),
    _("Too many failed login attempts. Try again later."),
    _("Successfully signed in as %(name)s."),
    _("You have signed out."),
)
PASSWORDS = (
    _("Your password can’t be too similar to your other personal information."),
    _("The password is too similar to the %(verbose_name)s."),
    _("Your password can’t be a commonly used password."),
    _("This password is too common."),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        "min_length",
    ),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
    _("The two password fields didn’t match."),
)
FORMS = (
    _("This field is required."),
    _("Enter a whole number."),
    _("Enter a number."),
    _("Enter a valid email address."),
    _("Select a valid choice. %(value)s is not one of the available choices."),
)
