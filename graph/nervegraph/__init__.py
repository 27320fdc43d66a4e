"""NerveGraph: the published evidence on drugs for neuropathy as a knowledge graph."""

__version__ = "0.1.0"
