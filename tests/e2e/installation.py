"""The integration, installed the way HACS does it."""

from pathlib import Path
import shutil
from zipfile import ZipFile

from development.account import DOMAIN


def install(archive: Path, config_dir: Path) -> None:
    """Unpack a release archive into a Home Assistant's folder, in place of what is there."""
    folder = config_dir / "custom_components" / DOMAIN
    if folder.is_symlink():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)
    with ZipFile(archive) as opened:
        opened.extractall(folder)


def copy_blueprint(source: Path, config_dir: Path) -> None:
    """Put an automation blueprint where a user without an import link puts it."""
    folder = config_dir / "blueprints/automation" / DOMAIN
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, folder)
