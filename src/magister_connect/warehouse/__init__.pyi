from .loading import Loaded as Loaded
from .loading import load as load
from .medius import MediusList as MediusList
from .source import school_source as school_source
