"""Notices in the languages that mail systems speak."""

import pytest

from little_bell.mail import Kind, read
from tests.mail.letters import mail

NOTICES: dict[str, tuple[bytes, str]] = {
    "qq": (
        mail(
            "抱歉，您的邮件被退回来了……\n原邮件信息：\n时 间\t2024-01-01 00:00:00\n主 题\tHello\n收件人\tann@example.com\n"
            "退信原因：\t收件人邮件地址（ann@example.com）不存在，邮件无法送达。\nhost mx.example.com said: 550 Mailbox not found\n",
            "系统退信",
            "PostMaster <PostMaster@qq.com>",
        ),
        "user_unknown",
    ),
    "163": (
        mail(
            "非常抱歉，您的邮件无法送达到以下收件人：\n\nann@example.com\n\n退信原因：\n用户不存在\n550 User not found: ann@example.com\n",
            "系统退信/Systems bounce",
            "Postmaster@163.com",
        ),
        "user_unknown",
    ),
    "german": (
        mail(
            "Ihre Nachricht konnte nicht zugestellt werden.\n\nEmpfänger: ann@example.com\nGrund: Postfach voll\n",
            "Unzustellbar: Hello",
            "postmaster@example.de",
        ),
        "mailbox_full",
    ),
    "french": (
        mail(
            "Votre message n'a pas pu être remis au destinataire suivant :\n\nann@example.com\n550 5.1.1 Utilisateur inconnu\n",
            "Échec de la remise : Hello",
            "postmaster@example.fr",
        ),
        "user_unknown",
    ),
    "spanish": (
        mail(
            "No se pudo entregar su mensaje a los siguientes destinatarios:\n\n  ann@example.com\n  550 5.1.1 Usuario desconocido\n",
            "No se puede entregar: Hello",
            "postmaster@example.es",
        ),
        "user_unknown",
    ),
    "italian": (
        mail(
            "Il messaggio non è stato recapitato ai seguenti destinatari:\n\n ann@example.com: casella piena\n",
            "Mancata consegna: Hello",
            "postmaster@example.it",
        ),
        "mailbox_full",
    ),
    "portuguese": (
        mail(
            "Sua mensagem não pôde ser entregue aos seguintes destinatários:\n\n ann@example.com\n 552 5.2.2 caixa postal cheia\n",
            "Não entregue: Hello",
            "postmaster@example.br",
        ),
        "mailbox_full",
    ),
    "russian": (
        mail(
            "Это письмо создано автоматически.\nСообщение не может быть доставлено:\n\n ann@example.com\n 550 пользователь не найден\n",
            "Недоставленное сообщение",
            "postmaster@example.ru",
        ),
        "user_unknown",
    ),
    "japanese": (
        mail("メールを配信できませんでした。\n\n<ann@example.com>\n550 宛先不明 User unknown\n", "配信不能通知", "postmaster@example.jp"),
        "user_unknown",
    ),
    "dutch": (
        mail(
            "Uw bericht kon niet worden afgeleverd bij:\n\n ann@example.com\n 550 Gebruiker onbekend\n",
            "Onbestelbaar: Hello",
            "postmaster@example.nl",
        ),
        "user_unknown",
    ),
}


@pytest.mark.parametrize("name", NOTICES)
def test_each_language_names_its_recipient_and_the_reason(name: str) -> None:
    raw, reason = NOTICES[name]
    reading = read(raw)
    told = [(report.recipient, str(report.judgement.reason)) for report in reading.reports if report.judgement]
    assert (reading.kind in (Kind.BOUNCE, Kind.DELAYED), told) == (True, [("ann@example.com", reason)])
