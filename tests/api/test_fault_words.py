import pytest

from custom_components.belfabriek.api.fault_words import is_about_credentials

REJECTIONS = """
Unauthorized
Access denied
Ongeldige pincode
Toegang geweigerd
Not logged in
Invalid PIN
Unknown account
accountCode is not valid
Falsche PIN
Zugriff verweigert
Compte inconnu
Accès refusé
"""
OTHERS = """
Too many requests for this account
Customer database offline for maintenance
Login timeout expired
Account temporarily locked, try again in 5 minutes
Unknown extension for this account
Missing parameter accountCode
Spinning up
Internal error
Account
"""

# Written after the rule and not used to write it.
UNSEEN_REJECTIONS = """
The PIN you entered is incorrect
Sorry, this account code does not exist.
Invalid customer number
ERROR 12: bad password
Client not found
Credentials were rejected
You are not authorised to use this service's API
Wrong login or password
No such account
Authentication required
Access refused
De opgegeven pincode klopt niet
Wachtwoord onjuist
Klantcode bestaat niet
Onbekend accountnummer
U bent niet ingelogd
Toegang ontzegd
Inloggen mislukt
Account niet gevonden
Gebruiker onbekend
Verkeerde pincode
Ungültige PIN
Das Passwort ist falsch
Unbekanntes Konto
Kunde nicht gefunden
Zugang verweigert
Nicht berechtigt
Anmeldung fehlgeschlagen
Benutzername oder Kennwort stimmt nicht
Kundennummer ungültig
Code PIN invalide
Mot de passe incorrect
Identifiant inconnu
Accès interdit
Utilisateur non reconnu
Vous n'êtes pas autorisé
Échec de l'authentification
Le compte n'existe pas
Mauvais mot de passe
Numéro de client introuvable
"""
UNSEEN_OTHERS = """
Service unavailable
Server busy, please retry later
Rate limit exceeded for account
The account is suspended
Database error while reading customer
Connection to login server lost
Password expired
Too many login attempts
Unknown method
Division by zero
Customer is in a meeting
Agent not found
Invalid extension
No such endpoint
Parameter extId is missing
Te veel verzoeken
Account is tijdelijk geblokkeerd
Onderhoud: probeer het later opnieuw
Toestel onbekend
Medewerker niet ingelogd
De klantendatabase is niet bereikbaar
Sessie verlopen
Verbinding met de server verbroken
Interne fout
Onbekende fout
Zu viele Anfragen für dieses Konto
Konto vorübergehend gesperrt
Wartungsarbeiten, bitte später erneut versuchen
Nebenstelle unbekannt
Datenbankfehler
Sitzung abgelaufen
Unbekannter Fehler
Trop de requêtes pour ce compte
Compte temporairement bloqué
Maintenance en cours
Poste inconnu
Erreur interne du serveur
Base de données indisponible
Session expirée
Agent introuvable
"""


@pytest.mark.parametrize("text", REJECTIONS.strip().splitlines())
def test_a_refusal_of_the_credentials_is_one(text: str) -> None:
    assert is_about_credentials(text)


@pytest.mark.parametrize("text", OTHERS.strip().splitlines())
def test_trouble_an_extension_or_a_noun_alone_is_none(text: str) -> None:
    assert not is_about_credentials(text)


def test_of_eighty_unseen_texts_nearly_all_are_understood() -> None:
    wrong = [
        text for text in UNSEEN_REJECTIONS.strip().splitlines() if not is_about_credentials(text)
    ]
    false = [text for text in UNSEEN_OTHERS.strip().splitlines() if is_about_credentials(text)]
    # Asking for new credentials without need is worse than not asking.
    assert (len(wrong), false) <= (3, []), wrong
