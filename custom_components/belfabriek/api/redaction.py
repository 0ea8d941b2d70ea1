class Redactor:
    def __init__(self, *secrets):
        self.s = [x for x in secrets if x]

    def __call__(self, text):
        for x in self.s:
            text = text.replace(x, "***")
        return text[:255]


def mask_answer(body, redact):
    return redact(body.decode("latin-1"))


def shape_of(body):
    return ""
