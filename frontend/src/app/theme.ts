import { theme, type ThemeConfig } from "antd";
import { FONT } from "./font";
import type { Palette } from "./palette";

/** antd's tokens from our palette; texts that antd makes pale are raised to AA. */
export function antdTheme(palette: Palette, dark: boolean, still: boolean): ThemeConfig {
  return {
    algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      colorPrimary: palette.fill,
      // An icon on the tint: the fill of buttons is too dark for it in the dark.
      colorInfo: palette.primary,
      colorLink: palette.primary,
      colorLinkHover: palette.primary,
      colorSuccess: palette.good,
      colorError: palette.bad,
      colorWarning: palette.attention,
      // antd derives these from the colours above, and dark seeds come out grey.
      colorPrimaryHover: palette.fillHover,
      colorPrimaryActive: palette.fill,
      colorPrimaryBg: palette.tint,
      colorPrimaryBgHover: palette.tint,
      controlItemBgActive: palette.tint,
      controlItemBgActiveHover: palette.tint,
      colorInfoBg: palette.tint,
      colorInfoBorder: palette.line,
      colorSuccessBg: palette.goodTint,
      colorSuccessBorder: palette.line,
      colorErrorBg: palette.badTint,
      colorErrorBorder: palette.line,
      colorWarningBg: palette.attentionTint,
      colorWarningBorder: palette.line,
      colorText: palette.text,
      colorTextSecondary: palette.muted,
      colorTextTertiary: palette.muted,
      colorTextDescription: palette.muted,
      colorTextQuaternary: palette.muted,
      colorTextPlaceholder: palette.muted,
      colorBgLayout: palette.page,
      colorBgContainer: palette.card,
      // In the dark, what floats must be lighter than what it floats over.
      colorBgElevated: dark ? palette.raised : palette.card,
      colorBorder: palette.line,
      colorBorderSecondary: palette.line,
      borderRadius: 6,
      fontFamily: FONT,
      motion: !still,
    },
    components: {
      Button: {
        defaultHoverColor: palette.primary,
        defaultActiveColor: palette.primary,
        defaultHoverBorderColor: palette.primary,
        defaultActiveBorderColor: palette.primary,
      },
      Segmented: { itemSelectedColor: palette.primary, itemColor: palette.muted, trackBg: palette.raised },
      Select: { optionSelectedColor: palette.text, optionSelectedBg: palette.tint },
      Table: { headerBg: palette.raised, headerColor: palette.muted, cellPaddingBlockSM: 5, rowHoverBg: palette.raised },
      Drawer: { paddingLG: 20 },
      Tag: { defaultColor: palette.text, defaultBg: palette.raised },
    },
  };
}
