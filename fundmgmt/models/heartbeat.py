"""Signs of life of the workers."""

from django.db import models


class Heartbeat(models.Model):
    """When a cluster of workers last showed that it works."""

    cluster = models.CharField(max_length=16, primary_key=True)
    at = models.DateTimeField()

    private_fields = ()

    def __str__(self) -> str:
        """Cluster and moment."""
        return f"{self.cluster} {self.at:%Y-%m-%d %H:%M:%S}"
