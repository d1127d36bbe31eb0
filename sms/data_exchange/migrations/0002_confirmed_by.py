import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Until now an import was applied in the name of whoever began it.
BEGAN_IT = """
UPDATE data_exchange_importrun SET confirmed_by_id = started_by_id WHERE state IN ('applying', 'applied')
"""


class Migration(migrations.Migration):
    dependencies = [
        ("data_exchange", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="importrun",
            name="confirmed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="confirmed by",
            ),
        ),
        migrations.RunSQL(BEGAN_IT, migrations.RunSQL.noop),
    ]
