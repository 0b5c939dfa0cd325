"""How often an audit is right: trained models, what is done to them, and every tool's answer."""
