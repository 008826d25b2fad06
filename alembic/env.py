"""What alembic runs: our tables, in the database of the settings or of the URL that little_bell.migrations hands over."""

from alembic import context

from little_bell.config import load_settings
from little_bell.migrations import is_of_a_model, migrating
from little_bell.models import metadata

url = context.config.attributes.get("url") or load_settings().database_url
options = {"target_metadata": metadata, "include_name": is_of_a_model, "compare_type": True}

if context.is_offline_mode():
    context.configure(url=url, literal_binds=True, **options)
    with context.begin_transaction():
        context.run_migrations()
else:
    with migrating(url) as connection:
        context.configure(connection=connection, render_as_batch=connection.dialect.name == "sqlite", transactional_ddl=True, **options)
        with context.begin_transaction():
            context.run_migrations()
