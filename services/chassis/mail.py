"""E-mail through SMTP; where no server is named there is none, and nothing pretends that there were."""

import logging
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage

logger = logging.getLogger(__name__)
_PERMANENT = range(500, 600)
"""The codes that RFC 5321 calls permanent."""


class MailRefused(RuntimeError):  # noqa: N818 - said of the message
    """The server will never take this message."""


class MailInDoubt(RuntimeError):  # noqa: N818 - said of the message
    """The message was handed to the server, which did not say whether it took it: another try could bring it twice."""


class _Server(smtplib.SMTP):
    """Remembers whether the message itself was on its way."""

    on_its_way = False

    def data(self, msg: object) -> tuple[int, bytes]:
        """Send the message."""
        self.on_its_way = True
        return super().data(msg)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server. `starttls` encrypts the connection before logging in, to a server whose certificate the machine trusts."""

    host: str
    port: int = 25
    sender: str = "onewindow@localhost"
    user: str = ""
    password: str = ""
    starttls: bool = False
    timeout: float = 10.0

    def send(self, message_id: str, recipient: str, subject: str, text: str) -> None:
        """Send a message once.

        Raises `MailRefused` where the server refuses it for good, `MailInDoubt` where it may have arrived, and `OSError` where another try may
        help. The reasons are in Chinese and name nobody: servers repeat the address in what they say, so that stays in the log at level DEBUG.
        """
        try:
            message = _message(message_id, self.sender, recipient, subject, text)
        except ValueError as error:
            raise MailRefused("收件地址不能使用") from error
        server: _Server | None = None
        try:
            server = _Server(self.host, self.port, timeout=self.timeout)
            if self.starttls:
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = max(code for code, _ in error.recipients.values())
            raise _refusal(code, code in _PERMANENT, error) from error
        except smtplib.SMTPResponseException as error:
            # A wrong password or a server that takes nothing at all is no fault of the message, and is mended by an operator.
            about_us = isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError | smtplib.SMTPHeloError)
            raise _refusal(error.smtp_code, error.smtp_code in _PERMANENT and not about_us, error) from error
        except UnicodeError as error:
            raise MailRefused("收件地址不能使用") from error
        except OSError as error:
            if server is not None and server.on_its_way:
                raise MailInDoubt("邮件服务器没有答复是否收到，为避免重复不再发送") from error
            raise OSError(f"连接不上邮件服务器（{type(error).__name__}）") from error
        finally:
            # The message is taken or refused already; how the server says goodbye changes nothing.
            if server is not None:
                with suppress(OSError):
                    server.quit()
                server.close()


def _message(message_id: str, sender: str, recipient: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = f"<{message_id}@onewindow>"
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = subject
    message.set_content(text)
    return message


def _refusal(code: int, permanent: bool, error: Exception) -> Exception:  # noqa: FBT001 - of two kinds of refusal
    logger.debug("the mail server said: %s", error)
    return MailRefused(f"邮件服务器拒收（{code}）") if permanent else OSError(f"邮件服务器暂时不能接收（{code}）")
