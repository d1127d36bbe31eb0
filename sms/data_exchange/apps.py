from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DataExchangeConfig(AppConfig):
    name = "sms.data_exchange"
    verbose_name = _("data exchange")
