"""Demand forecasting: from sale lines to forecasts per item, with their errors measured beforehand."""

import logging

# Both write to the log at every import or fit, with nothing to act on; what goes wrong there is raised.
for _name in ("prophet.plot", "cmdstanpy"):
    logging.getLogger(_name).disabled = True
