"""Which faults are about the credentials. The vendor documents no codes, so the words decide."""

from collections.abc import Callable
import re

from .exceptions import FaultError, RejectedCredentialsError

# A noun alone decides nothing: it takes a word of refusal and no word of trouble. English, Dutch,
# German and French, the languages of the vendor's brands that this integration is translated to.
_REFUSED_BY_ITSELF = r"""
    un-?authori[sz]ed | not\ authori[sz]ed | access\ (?:was\ |is\ )?(?:denied|refused|rejected)
    | den(?:y|ied)\ access | not\ logged\ (?:in|on) | not\ signed\ in | not\ authenticated
    | (?:login|log-?in|logon|sign-?in|authentication|authorization)
      \ (?:has\ )?(?:failed|required|failure|refused|rejected|denied)
    | toegang\ (?:is\ )?(?:geweigerd|ontzegd|verboden)
    | niet\ (?:geautoriseerd|gemachtigd|bevoegd|toegestaan\ in\ te\ loggen)
    | niet\ (?:ingelogd|aangemeld|geauthenticeerd)
    | (?:inloggen|aanmelden|aanmelding|authenticatie|login)\ (?:is\ )?(?:mislukt|geweigerd|vereist)
    | zu(?:griff|gang|tritt)\ (?:wurde\ |ist\ )?(?:verweigert|abgelehnt)
    | nicht\ (?:autorisiert|berechtigt|angemeldet|eingeloggt|authentifiziert)
    | keine\ berechtigung
    | (?:anmeldung|authentifizierung|autorisierung|login)
      \ (?:ist\ )?(?:fehlgeschlagen|erforderlich|abgelehnt)
    | acc[eè]s\ (?:est\ |a\ [eé]t[eé]\ )?(?:refus[eé]|interdit|non\ autoris[eé]|rejet[eé])
    | non\ (?:autoris[eé]|authentifi[eé]|habilit[eé])
    | (?:pas|n'[eê]tes\ pas)\ (?:autoris[eé]|connect[eé]|authentifi[eé]|identifi[eé])
    | non\ connect[eé]
    | \bforbidden\b | permission\ (?:was\ |is\ )?denied
    | (?:no|insufficient|not\ have|n't\ have)\ (?:the\ )?(?:permission|privilege|right)
    | (?:please|must|need\ to|have\ to)\ (?:first\ )?(?:log|sign)\ in
    | (?:geen|onvoldoende)\ (?:rechten|toestemming|bevoegdhe)
    | (?:keine|unzureichende)\ (?:rechte|zugriffsrechte|berechtigungen)
    | droits?\ insuffisants? | (?:pas|aucune?)\ (?:le\ |les\ |de\ )?(?:droits?|permission)
    | [eé]chec\ (?:de\ (?:la\ |l')?)?(?:d'|de\ )?(?:authentification|connexion|identification)
    | (?:authentification|connexion|identification)\ (?:a\ )?(?:[eé]chou[eé]e?|refus[eé]e?|requise)
"""
_NOUN = r"""
    \bpins?\b | pin-?\ ?code | passcode | pass-?word | credential | \blog-?in\b | \blogon\b
    | user-?\ ?(?:name|id)?\b | account | customer | client | access\ code
    | (?:api|access)[\ -]?key | wachtwoord | klant | gebruiker | toegangscode | inlog
    | aanmeldgegevens | kennwort | passwort | konto | kunde | benutzer | zugangs | anmeldedaten
    | geheimzahl | mot\ de\ passe | compte | identifiant | utilisateur | code\ d'acc[eè]s
"""
_REFUSAL = r"""
    invalid | incorrect | wrong | \bbad\b | unknown | mismatch | reject | denied | refused
    | \bfailed\b | no\ such | illegal | revoked | no\ access
    | \bno\ (?:\w+\ )?(?:account|customer|client|user)\b
    | \b(?:geen|kein|aucun)\ (?:account|klant|gebruiker|konto|kunde|benutzer|compte|client
      |utilisateur)\b
    | geen\ toegang | kein(?:en)?\ zu(?:griff|gang) | pas\ acc[eè]s
    | not\ (?:a\ )?(?:known|valid|recogni[sz]ed|found|accepted|correct|exist|match)
    | (?:does\ ?n[o']t|doesn't|do\ not)\ (?:exist|match) | ongeldig | onjuist | onbekend
    | verkeerd | foutie[fv] | \bfoute?\b | klop(?:t|pen)\ niet
    | ingetrokken | widerrufen | r[eé]voqu[eé] | bestaat\ niet | afgewezen | geweigerd
    | niet\ (?:geldig|juist|bekend|herkend|gevonden|correct|geaccepteerd) | ung[uü]e?ltig
    | falsch | unbekannt | inkorrekt | fehlerhaft | abgelehnt | verweigert | stimm(?:t|en)\ nicht
    | existiert\ nicht
    | nicht\ (?:g[uü]ltig|korrekt|richtig|bekannt|gefunden|erkannt|akzeptiert|vorhanden)
    | invalide | erron[eé] | mauvais | inconnue?\b | \bfaux\b | fausse | refus[eé] | rejet[eé]
    | n'existe\ pas | introuvable
    | (?:non|pas)\ (?:valide|valable|reconnu|trouv[eé]|correct|accept[eé])
"""
_TROUBLE = r"""
    too\ many | \brate\b | limit | maintenance | offline | time[ds]?[\ -]?out | expire | \block
    | blocked | tempor | again | \blater\b | busy | overload | database | server | internal
    | \bconnect\b | unavailable | not\ available | connection | quota | suspend | disabled | closed
    | deactivat | unpaid | moment | system | network | service | te\ veel | onderhoud | probeer
    | tijdelijk | geblokkeerd | vergrendeld | verlopen | storing | onbereikbaar | overbelast
    | databank | verbinding | systeem | opgeschort | gedeactiveerd | niet\ beschikbaar | netwerk
    | dienst | zu\ viele | wartung | sp[aä]ter | erneut | versuch | vor[uü]bergehend | gesperrt
    | abgelaufen | st[oö]rung | [uü]berlast | datenbank | nicht\ (?:erreichbar|verf[uü]gbar)
    | verbindung | zeit[uü]berschreitung | deaktiviert | netzwerk | trop\ de | plus\ tard
    | r[eé]essay | bloqu[eé] | verrouill[eé] | expir[eé] | panne | surcharg
    | base\ de\ donn[eé]es | indisponible | injoignable | d[eé]lai | serveur | suspendu
    | d[eé]sactiv[eé] | r[eé]seau | syst[eè]me
"""
_EXTENSION = r"""
    extension | \bext(?:id)?\b | end-?point | \bagents?\b | toestel | medewerker | nebenstelle
    | durchwahl | mitarbeiter | \bposte\b | queue | wachtrij | warteschlange | file\ d'attente
"""


def _compile(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE | re.VERBOSE)


_CALL_STATE_NOUN = r"""
    supervisor | manager | supervis | vorgesetzt | \bsup\ id\b | \bman\ id\b | \bcust\ id\b
"""


_refused_by_itself, _noun, _refusal, _trouble, _extension, _call_state_noun = map(
    _compile, (_REFUSED_BY_ITSELF, _NOUN, _REFUSAL, _TROUBLE, _EXTENSION, _CALL_STATE_NOUN)
)


_PLACE = re.compile(
    r"""
    \b(?:access|use|using|in|into|to|for|tot|voor|op|f[uü]r|zum?|auf|[aà]|au|dans|ce)
    \ (?:this|the|our|dit|deze|het|de|ons|onze|diese[mnrs]?|das|de[mn]|die|ce|cet|le|la|notre)
    \ (?:system|service|server|network|systeem|dienst|netwerk|syst[eè]me|serveur|r[eé]seau)
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What one is not allowed to use, which is no trouble with it."""


def is_about_credentials(text: str) -> bool:
    """Return whether a fault's text says that the account's credentials are refused."""
    words = _split(text)
    if _trouble.search(words) or _extension.search(words):
        return False
    return bool(
        _refused_by_itself.search(words) or (_noun.search(words) and _refusal.search(words))
    )


def is_about_call_state_ids(text: str) -> bool:
    """Return whether a fault's text says that the supervisor or manager ID is refused."""
    words = _split(text)
    return bool(
        _call_state_noun.search(words) and _refusal.search(words) and not _trouble.search(words)
    )


def _split(text: str) -> str:
    """Return a text in which "accountCode" and "account_code" are two words as well."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text).replace("\u2019", "'")
    return _PLACE.sub("", words)


def to_fault(err: FaultError, redact: Callable[[str], str]) -> FaultError:
    """Return a fault without secrets, as `RejectedCredentialsError` if it is about them."""
    about_credentials = is_about_credentials(err.text) and not err.is_about_parameters
    kind = RejectedCredentialsError if about_credentials else FaultError
    fault = kind(err.code, redact(err.text))
    # The meaning is that of the text as the server sent it.
    fault.is_about_parameters = err.is_about_parameters
    return fault
