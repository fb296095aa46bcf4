"""E-mail through SMTP; where no server is named there is none, and nothing pretends that there were."""

import smtplib
from dataclasses import dataclass
from email.message import EmailMessage


class MailRefused(RuntimeError):  # noqa: N818 - said of the message
    """The server will never take this message."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server. `starttls` encrypts the connection before logging in."""

    host: str
    port: int = 25
    sender: str = "onewindow@localhost"
    user: str = ""
    password: str = ""
    starttls: bool = False
    timeout: float = 10.0

    def send(self, message_id: str, recipient: str, subject: str, text: str) -> None:
        """Send a message; raise `MailRefused` where the server refuses it for good, `OSError` where another try may help."""
        message = EmailMessage()
        message["Message-ID"] = f"<{message_id}@onewindow>"
        message["From"] = self.sender
        message["To"] = recipient
        message["Subject"] = subject
        message.set_content(text)
        try:
            with smtplib.SMTP(self.host, self.port, timeout=self.timeout) as server:
                if self.starttls:
                    server.starttls()
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise MailRefused(str(error.recipients)) from error
        except smtplib.SMTPResponseException as error:
            if 500 <= error.smtp_code < 600:  # noqa: PLR2004 - permanent by RFC 5321
                raise MailRefused(f"{error.smtp_code} {error.smtp_error!r}") from error
            raise OSError(f"{error.smtp_code} {error.smtp_error!r}") from error
        except smtplib.SMTPException as error:
            raise OSError(str(error)) from error
