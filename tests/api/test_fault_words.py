import pytest

from custom_components.belfabriek.api import FaultError, RejectedCredentialsError
from custom_components.belfabriek.api.fault_words import to_fault
from custom_components.belfabriek.api.redaction import Redactor

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
Forbidden
Permission denied
You do not have permission to access this account
No account with this PIN
Account has been revoked
You are not authorized to use this system
Not authorized to use this service
Please log in first
De inloggegevens kloppen niet
U heeft geen toegang tot dit account
U heeft onvoldoende rechten
Falsche Geheimzahl
Vous n'avez pas accès à ce compte
Droits insuffisants
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
No accountCode given
The separate customer file was read
Login failed: could not connect
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

# Written after the texts above had been used to mend the rule, and not used since.
UNSEEN_LATER_REJECTIONS = """
The account number entered was not recognised by our records
Login incorrect
Invalid username/password combination
ERR_INVALID_PIN
AUTH_FAILED: invalid pin
Sorry, wrong customer ID
Access to this account is denied
This PIN is not known to us
Client account not valid
Your password was rejected
401 Unauthorized
403 Forbidden
You must log in to use this function
The user has no rights for this call
Account 12345 does not exist
PIN onbekend
U bent niet aangemeld bij dit account
Het wachtwoord is niet juist
Deze gebruikersnaam bestaat niet
Account onbekend of pincode onjuist
Uw klantnummer is niet geldig
U heeft geen rechten voor deze opvraging
Login geweigerd
Niet bevoegd
Ongeldige inloggegevens
Ihr Konto ist uns nicht bekannt
Die eingegebene PIN ist nicht gültig
Kein Konto mit dieser PIN
Ungültiger Benutzername
Sie sind für diesen Dienst nicht berechtigt
Passwort nicht korrekt
Anmeldung abgelehnt
Kunde existiert nicht
Le code PIN saisi n'est pas valide
Compte non reconnu
Vous n'êtes pas identifié
Utilisateur ou mot de passe incorrect
Identifiant ou code erroné
Ce client n'existe pas
Aucun compte ne correspond à ce code
Authentification refusée
"""
UNSEEN_LATER_OTHERS = """
The account service returned an error, try later
Unknown error
Account lookup failed: database timeout
Too many simultaneous logins for this customer
The customer's line is busy
User is offline
PIN check temporarily disabled
Invalid date
Invalid request: not well-formed
The function getAgentAvail is unknown
Extension 01001 is not part of this account
The agent is not authorized for this queue
Wrong number of parameters
Unsupported encoding
Out of memory
Deadlock victim
ADODB.Connection error '800a0e7a'
Active Server Pages error 'ASP 0113' Script timed out
Account is being migrated, please wait a moment
De gebruiker is op dit moment niet beschikbaar
Pincode kan nu niet gecontroleerd worden door een storing
Maximaal aantal verzoeken voor deze klant bereikt
Fout bij het ophalen van de klantgegevens uit de database
De medewerker heeft geen account
Toestel hoort niet bij dit account
Wachtrij niet gevonden
Time-out bij het inloggen
Onverwachte fout
Ongeldige datum
Account wordt momenteel bijgewerkt
Das Konto ist momentan nicht verfügbar
Die Anmeldung ist zurzeit wegen Wartung nicht möglich
Zu viele fehlgeschlagene Anmeldungen
Falsche Anzahl von Parametern
Mitarbeiter hat kein Konto
Kundendatenbank wird gewartet
Funktion unbekannt
Le compte est momentanément indisponible
Trop de connexions pour ce client
L'agent n'existe pas
Fonction inconnue
Erreur lors de la lecture du compte client : délai dépassé
Le client est déjà en communication
"""


def is_rejection(text: str) -> bool:
    """Return the error that the client raises for a fault with this text."""
    fault = to_fault(FaultError(None, text), lambda each: each)
    return isinstance(fault, RejectedCredentialsError)


@pytest.mark.parametrize("text", REJECTIONS.strip().splitlines())
def test_a_refusal_of_the_credentials_is_one(text: str) -> None:
    assert is_rejection(text)


@pytest.mark.parametrize("text", OTHERS.strip().splitlines())
def test_trouble_an_extension_or_a_noun_alone_is_none(text: str) -> None:
    assert not is_rejection(text)


@pytest.mark.parametrize(
    ("rejections", "others"),
    [
        (UNSEEN_REJECTIONS, UNSEEN_OTHERS),
        (UNSEEN_LATER_REJECTIONS, UNSEEN_LATER_OTHERS),
    ],
)
def test_of_eighty_unseen_texts_nearly_all_are_understood(rejections: str, others: str) -> None:
    wrong = [text for text in rejections.strip().splitlines() if not is_rejection(text)]
    false = [text for text in others.strip().splitlines() if is_rejection(text)]
    # Asking for new credentials needlessly is worse than not asking.
    assert (len(wrong), false) <= (3, []), wrong


def test_what_a_fault_is_about_is_decided_before_secrets_are_taken_out() -> None:
    fault = to_fault(FaultError(4, "Missing PIN"), Redactor("missing", "pin"))
    assert (fault.text, fault.is_about_parameters) == ("*** ***", True)
    rejected = to_fault(FaultError(4, "Invalid PIN"), Redactor("invalid"))
    assert isinstance(rejected, RejectedCredentialsError)
    assert rejected.text == "*** PIN"
