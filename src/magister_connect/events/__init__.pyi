from .delivering import DeliveryLog as DeliveryLog
from .delivering import PendingMessage as PendingMessage
from .delivering import deliver as deliver
from .event import WATCHED as WATCHED
from .event import Event as Event
from .event import events_of as events_of
